using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Consoles;

/// <summary>Kibana and OpenSearch Dashboards: ES-073, and of ES-019 and ES-021 what stands in their files.</summary>
internal static class ConsoleRules
{
    private static readonly string[] Superusers = ["elastic", "admin"];

    /// <summary>By id.</summary>
    public static ImmutableArray<Rule<ConsoleSubject>> All { get; } =
    [
        new("ES-019", PasswordIsInTheFile),
        new("ES-021", PasswordIsKnown),
        new("ES-073", ConsoleIsOpen),
    ];

    /// <summary>ES-073: the console talks, or is talked to, in an unsafe way.</summary>
    private static IEnumerable<Observation> ConsoleIsOpen(ConsoleSubject console) =>
        [.. Upstream(console), .. Listener(console), .. Verification(console), .. User(console), .. SavedObjects(console)];

    private static IEnumerable<Observation> PasswordIsInTheFile(ConsoleSubject console)
    {
        Setting[] secrets = [console.Settings[$"{console.Nodes}.password"], console.Settings[$"{console.Nodes}.serviceAccountToken"], console.Settings["server.ssl.keystore.password"], console.Settings["server.ssl.keyPassphrase"]];
        foreach (Setting secret in secrets.Where(static s => s is { Text.Length: > 0 } && s.IsLiteral()))
        {
            yield return Observation.At("whoever reads the file has the secret; the console's keystore is made for it", secret);
        }
    }

    private static IEnumerable<Observation> PasswordIsKnown(ConsoleSubject console)
    {
        Setting password = console.Settings[$"{console.Nodes}.password"];
        if (password.Text is { Length: > 0 } text && KnownPasswords.Contains(text))
        {
            yield return Observation.At("the console logs in with a password that everybody knows", password);
        }
    }

    private static IEnumerable<Observation> Upstream(ConsoleSubject console)
    {
        Setting hosts = console.Settings[$"{console.Nodes}.hosts"];
        if (hosts.IsDoubtful())
        {
            yield return hosts.Doubt();
            yield break;
        }

        string? plain = hosts.Words().FirstOrDefault(static host => host.StartsWith("http://", StringComparison.OrdinalIgnoreCase));
        bool isDefault = !hosts.IsSet && !console.IsImage;
        if (plain is not null || !hosts.IsSet)
        {
            bool isHere = isDefault || (plain is not null && Reach.IsLoopback(Addresses.HostOf(plain), console));
            yield return Observation.Of(
                isHere ? Severity.Low : Severity.High,
                isHere ? "passwords of users pass to the nodes in plain text, on this host" : "passwords of users pass to the nodes in plain text",
                console.Stands(hosts));
        }
    }

    private static IEnumerable<Observation> Listener(ConsoleSubject console)
    {
        Setting tls = console.Settings["server.ssl.enabled"];
        if (tls.Flag(false) is not { } isOn)
        {
            yield return tls.Doubt();
        }
        else if (!isOn)
        {
            Reach reach = console.Reached;
            if (reach.IsExposed)
            {
                yield return Observation.Of(Severity.High, $"browsers talk to the console in plain text: {reach.Text}", [.. console.Stands(tls), .. reach.Evidence]);
            }
            else if (reach.Kind == Reaching.Unknown)
            {
                yield return Observation.Unknown($"browsers talk to the console in plain text; who reaches it is not known, because {reach.Text}", tls);
            }
        }
    }

    private static IEnumerable<Observation> Verification(ConsoleSubject console)
    {
        Setting mode = console.Settings[$"{console.Nodes}.ssl.verificationMode"];
        if (mode.IsUnknown)
        {
            yield return mode.Doubt();
        }
        else if (mode.Text == "none")
        {
            yield return Observation.At(Severity.High, "the console takes any certificate from a node", mode);
        }
    }

    private static IEnumerable<Observation> User(ConsoleSubject console)
    {
        Setting user = console.Settings[$"{console.Nodes}.username"];
        if (user.IsUnknown)
        {
            yield return user.Doubt();
        }
        else if (Superusers.Contains(user.Text, StringComparer.Ordinal))
        {
            yield return Observation.At(Severity.High, "the console itself runs with the rights of a superuser", user);
        }
    }

    // Dashboards has no such setting.
    private static IEnumerable<Observation> SavedObjects(ConsoleSubject console)
    {
        Setting key = console.Settings["xpack.encryptedSavedObjects.encryptionKey"];
        if (console.IsOpenSearch)
        {
            yield break;
        }

        if (key.IsUnknown && !key.Raw.Contains("${", StringComparison.Ordinal))
        {
            yield return key.Doubt();
        }
        else if (!key.IsSet && console.Folder is not null && console.Host.Look($"{console.Folder}/kibana.keystore") is not null)
        {
            yield return Observation.Unknown("the key for saved objects is not in the file; whether it is in the console's keystore is not known") with { Evidence = [console.Absent("xpack.encryptedSavedObjects.encryptionKey")] };
        }
        else if (!key.IsSet)
        {
            yield return Observation.Of(Severity.High, "there is no key for saved objects: credentials of alerts and connectors do not outlive a restart, or are not kept sealed", console.Absent("xpack.encryptedSavedObjects.encryptionKey"));
        }
    }
}
