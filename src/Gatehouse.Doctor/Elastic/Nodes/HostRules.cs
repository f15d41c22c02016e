using System.Globalization;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>The process and its folders, and how passwords are kept: ES-063 to ES-065.</summary>
internal static class HostRules
{
    private const int Sticky = 0x200;

    /// <summary>ES-063: the process has too many rights, or others see what it writes.</summary>
    public static IEnumerable<Observation> ProcessIsOpen(NodeSubject node) => [.. Process(node), .. Data(node), .. Dumps(node), .. Debuggers(node)];

    /// <summary>ES-064: approved cryptography is asked for, and something else is configured.</summary>
    public static IEnumerable<Observation> FipsIsBroken(NodeSubject node)
    {
        Setting mode = node.Settings["xpack.security.fips_mode.enabled"];
        if (node.IsOpenSearch || mode.Flag(false) == false)
        {
            yield break;
        }

        if (mode.AsBoolean() is null)
        {
            yield return mode.Doubt();
            yield break;
        }

        foreach (TlsEnd end in node.Ends)
        {
            foreach (Setting store in new[] { end.Keystore, end.Truststore }.Where(s => s.Text is { } text && IsUnapproved(text, end[s.Path.Segments[^2] + ".type"].Text)))
            {
                yield return Observation.At($"{end.What} uses a key store of a kind that is not approved", mode, store);
            }
        }

        Setting hashing = node.Settings["xpack.security.authc.password_hashing.algorithm"];
        if (hashing.HasValue() && hashing.Text is { } algorithm && !algorithm.StartsWith("pbkdf2", StringComparison.OrdinalIgnoreCase))
        {
            yield return Observation.At("passwords are hashed with an algorithm that is not approved", mode, hashing);
        }

        if (!node.Settings["xpack.security.fips_mode.required_providers"].HasValue())
        {
            yield return Observation.Unknown("whether Java runs with an approved provider alone cannot be seen; `xpack.security.fips_mode.required_providers` would make the node check it", mode);
        }
    }

    /// <summary>ES-065: hashes that are quick to guess.</summary>
    public static IEnumerable<Observation> HashesAreWeak(NodeSubject node)
    {
        Setting[] algorithms = node.IsOpenSearch
            ? [node.Secured("password.hashing.algorithm")]
            : [node.Settings["xpack.security.authc.password_hashing.algorithm"], node.Settings["xpack.security.authc.api_key.hashing.algorithm"]];
        for (int i = 0; i < algorithms.Length; i++)
        {
            Setting algorithm = algorithms[i];
            if (algorithm.IsUnknown)
            {
                yield return algorithm.Doubt();
            }
            else if (algorithm.Text is { } name && !IsStrong(name.ToLowerInvariant(), isRandom: i == 1, node.IsOpenSearch))
            {
                yield return Observation.At(i == 1 ? "secrets of API keys are kept in a form that can be read or guessed" : "passwords are kept in a form that is quick to guess", algorithm);
            }
        }

        if (node.IsOpenSearch && node.Secured("password.hashing.bcrypt.rounds") is { } rounds && rounds.AsInteger() < 10)
        {
            yield return Observation.At("passwords are kept in a form that is quick to guess", rounds);
        }
    }

    // A random secret needs no slow hash, a password does: bcrypt below cost 10 and few rounds of PBKDF2 are quick.
    private static bool IsStrong(string name, bool isRandom, bool isOpenSearch)
    {
        string digits = new([.. name.Reverse().TakeWhile(char.IsAsciiDigit).Reverse()]);
        int? number = name.StartsWith("bcrypt", StringComparison.Ordinal) || name.Contains('_', StringComparison.Ordinal) ? int.TryParse(digits, CultureInfo.InvariantCulture, out int value) ? value : null : null;
        return name.StartsWith("bcrypt", StringComparison.Ordinal) ? number is null or >= 10
            : name.StartsWith("pbkdf2", StringComparison.Ordinal) ? number is null or >= 10_000
            : (isOpenSearch && name.StartsWith("argon2", StringComparison.Ordinal)) || (isRandom && name == "ssha256");
    }

    private static bool IsUnapproved(string path, string? type) =>
        type is { } kind ? !kind.Equals("BCFKS", StringComparison.OrdinalIgnoreCase) : path.EndsWith(".p12", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".jks", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Observation> Process(NodeSubject node)
    {
        if (node.Process is { User: 0 } process)
        {
            yield return Observation.Of(Severity.High, "the node runs as root: a fault in it is a fault of the whole host", Shown.Of(process, "user root"));
        }
        else if (node.Process is null && node.User is { } user && user.Text?.Split(':')[0] is "root" or "0")
        {
            yield return Observation.At(Severity.High, "the node is started as root: a fault in it is a fault of the whole host", user);
        }
    }

    private static IEnumerable<Observation> Data(NodeSubject node)
    {
        Setting paths = node.Settings["path.data"];
        if (paths.IsDoubtful())
        {
            yield return paths.Doubt();
            yield break;
        }

        foreach (string path in paths.Words().Select(node.Locate).OfType<string>().DefaultIfEmpty(node.Home.Path is { } home ? home + "/data" : "").Where(static p => p.Length > 0))
        {
            if (node.Host.Look(path) is { Status.IsFolder: true } folder && (folder.Status.Mode & 0x5) != 0)
            {
                // In a container there is nobody else.
                yield return Observation.Of(node.Root.Length > 0 ? Severity.Low : Severity.High, "every user of the host may look into the data folder", Shown.Of(folder, node.Host));
            }
        }
    }

    private static IEnumerable<Observation> Dumps(NodeSubject node)
    {
        if (JvmFlag.Last(node.Flags, "-XX:HeapDumpPath=") is not { } flag)
        {
            yield break;
        }

        string path = flag.Text["-XX:HeapDumpPath=".Length..];
        string? place = path.StartsWith('/') ? node.Root + path : null;
        FileFact? folder = place is null ? null : node.Host.Look(place) ?? node.Host.Look(Path.GetDirectoryName(place) ?? "/");
        if (folder is { Status.IsFolder: true } && ((folder.Status.Mode & 0x2) != 0 || (folder.Status.Mode & Sticky) != 0))
        {
            yield return Observation.Of(Severity.Medium, "the memory of a crashed node, keys and documents in it, is written into a folder that all share", flag.Evidence, Shown.Of(folder, node.Host));
        }
    }

    // Both doors run any code with the node's rights.
    private static IEnumerable<Observation> Debuggers(NodeSubject node)
    {
        foreach (JvmFlag flag in node.Flags.Where(static f => f.Text.StartsWith("-agentlib:jdwp", StringComparison.Ordinal) || f.Text.StartsWith("-Xrunjdwp", StringComparison.Ordinal)))
        {
            string address = flag.Text.Split(',').FirstOrDefault(static part => part.StartsWith("address=", StringComparison.Ordinal))?["address=".Length..] ?? "";
            string host = address.Contains(':', StringComparison.Ordinal) ? address[..address.LastIndexOf(':')] : "localhost";
            bool isExposed = host == "*" || !Reach.IsLoopback(host, node);
            yield return Observation.Of(isExposed ? Severity.Critical : Severity.High, $"a debugger's port runs any code in the node without a password{(isExposed ? ", from other hosts too" : "")}", flag.Evidence);
        }

        if (node.Flags.Any(static f => f.Text.StartsWith("-Dcom.sun.management.jmxremote.port=", StringComparison.Ordinal))
            && JvmFlag.Last(node.Flags, "-Dcom.sun.management.jmxremote.authenticate=") is { Text: "-Dcom.sun.management.jmxremote.authenticate=false" } open)
        {
            yield return Observation.Of(Severity.Critical, "the port for Java management runs any code in the node without a password", open.Evidence);
        }
    }
}
