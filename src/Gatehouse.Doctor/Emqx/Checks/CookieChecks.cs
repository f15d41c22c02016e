using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>The cookie: whoever has it and reaches a port between nodes runs code there.</summary>
internal static class CookieChecks
{
    private const int LeastLength = 20;
    private const int LeastCharacters = 8;
    private const int LeastBits = 80;
    private const int MostLength = 255;
    private static readonly string[] Words = ["cookie", "secret", "emqx", "password", "passw0rd", "admin", "public", "changeme", "cluster", "mqtt", "test", "demo", "123456"];

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("ERL-001", WellKnown),
        new("ERL-002", Weak),
        new("ERL-003", Differing),
        new("ERL-004", Readable),
        new("ERL-005", InProcessList),
        new("ERL-006", OddCharacters),
    ];

    private static IEnumerable<Observation> WellKnown(EmqxSubject emqx)
    {
        EmqxCookies cookies = emqx.Cookies;
        if (cookies.InForce is { } cookie)
        {
            if (cookie.IsWellKnown)
            {
                yield return Observation.Of("the node's cookie is one that everybody knows", cookie.Evidence);
            }
        }
        else if (cookies.Problem is { } problem)
        {
            yield return new Observation($"the node's cookie cannot be told: {problem}", [emqx.Place(emqx["node.cookie"])]) { IsUnknown = true };
        }
        else if (cookies.IsBuilds)
        {
            yield return emqx.Fault("no cookie is set: the node takes the one of its build, which everybody knows", "node.cookie");
        }
    }

    private static IEnumerable<Observation> Weak(EmqxSubject emqx)
    {
        if (emqx.Cookies.InForce is not { IsWellKnown: false } cookie)
        {
            yield break; // ERL-001
        }

        if (Weakness(cookie) is { } why)
        {
            yield return Observation.Of($"the node's cookie can be guessed: {why}", cookie.Evidence);
        }
    }

    /// <summary>Whether the cookie in force is known here, and nobody guesses it.</summary>
    public static bool IsStrong(EmqxSubject emqx) => emqx.Cookies.InForce is { IsWellKnown: false } cookie && Weakness(cookie) is null;

    private static string? Weakness(EmqxCookie cookie)
    {
        double bits = cookie.Value.Length * Math.Log2(Alphabet(cookie.Value));
        return cookie.Value.Length < LeastLength ? $"it has {cookie.Value.Length} characters"
            : cookie.Value.Distinct().Count() < LeastCharacters ? "it is made of few different characters"
            : Array.Exists(Words, word => cookie.Value.Contains(word, StringComparison.OrdinalIgnoreCase)) ? "it has a word in it that guessers begin with"
            : bits < LeastBits ? $"{cookie.Value.Length} characters out of so few kinds are {bits:F0} bits at most"
            : null;
    }

    // How many characters there are of the kinds that a text has.
    private static int Alphabet(string text) => text.All(char.IsAsciiHexDigitLower) || text.All(char.IsAsciiHexDigitUpper)
        ? text.All(char.IsAsciiDigit) ? 10 : 16
        : (text.Any(char.IsAsciiDigit) ? 10 : 0) + (text.Any(char.IsAsciiLetterLower) ? 26 : 0) + (text.Any(char.IsAsciiLetterUpper) ? 26 : 0) + (text.All(char.IsAsciiLetterOrDigit) ? 0 : 33);

    private static IEnumerable<Observation> Differing(EmqxSubject emqx)
    {
        EmqxCookies cookies = emqx.Cookies;
        if (cookies is { Running: { } running, Written: { } written } && running.Value != written.Value)
        {
            yield return Observation.Of("the running node has another cookie than its files and environment say: after a restart it is alone", running.Evidence, written.Evidence);
        }
        else if (cookies.Running is { } alone && cookies.IsSetNowhere(emqx))
        {
            yield return Observation.Of("the running node has a cookie that neither its files nor its environment set", alone.Evidence);
        }

        foreach (EmqxCookie replaced in cookies.Replaced)
        {
            if (cookies.Written is { } said && replaced.Value != said.Value)
            {
                yield return Observation.Of(Severity.Low, "one place sets a cookie and a stronger one sets another: without the stronger one the node starts alone", replaced.Evidence, said.Evidence);
            }
        }
    }

    private static IEnumerable<Observation> Readable(EmqxSubject emqx)
    {
        foreach (string path in Holders(emqx).Distinct(StringComparer.Ordinal))
        {
            if (EmqxFile.IsOpenToOthers(emqx.Host, path) && emqx.Host.Look(path) is { } file)
            {
                yield return Observation.Of("every user of this host can read the cookie", Shown.Of(file, emqx.Host));
            }
        }
    }

    private static IEnumerable<string> Holders(EmqxSubject emqx)
    {
        if (emqx.Cookies.SecretFile is { } own)
        {
            yield return own;
        }
        else
        {
            foreach (Texts.Setting setting in emqx["node.cookie"].Overridden.Prepend(emqx["node.cookie"]))
            {
                if (setting.Origin is { } origin && origin.Source.StartsWith('/'))
                {
                    yield return origin.Source;
                }
            }
        }

        if (!emqx.Flags.IsRunning && emqx.Flags.Find("-setcookie") is { } flag)
        {
            yield return flag.Evidence.Place;
        }

        // What the start script generates has the cookie, too.
        string folder = emqx.Places.InData("configs");
        foreach (string name in emqx.Host.List(folder).Where(static n => n.StartsWith("vm.", StringComparison.Ordinal) && n.EndsWith(".args", StringComparison.Ordinal)))
        {
            yield return $"{folder}/{name}";
        }
    }

    private static IEnumerable<Observation> InProcessList(EmqxSubject emqx)
    {
        if (emqx.Process is not { } process || ErlangFlags.ValueOf(process.Arguments, "-setcookie") is null)
        {
            yield break;
        }

        if (EmqxFile.Text(emqx.Host, "/proc/mounts", out string? problem, out _) is not { } mounts)
        {
            yield return Observation.Unknown($"the cookie stands in the command line; whether others may see it cannot be told: /proc/mounts, {problem}");
            yield break;
        }

        string[] options = [.. mounts.Split('\n').Select(static l => l.Split(' ')).Where(static p => p is [_, "/proc", "proc", _, ..]).SelectMany(static p => p[3].Split(','))];
        if (!Array.Exists(options, static o => o is "hidepid=1" or "hidepid=2" or "hidepid=4" or "hidepid=noaccess" or "hidepid=invisible" or "hidepid=ptraceable"))
        {
            yield return Observation.Of("the cookie stands in the command line, which every user of this host sees with `ps`", Shown.Of(process, $"-setcookie {Shown.Mask}"));
        }
    }

    private static IEnumerable<Observation> OddCharacters(EmqxSubject emqx)
    {
        foreach (EmqxCookie cookie in new[] { emqx.Cookies.Running, emqx.Cookies.Written }.OfType<EmqxCookie>().DistinctBy(static c => c.Value))
        {
            string? why = cookie.Value.Length > MostLength ? $"is longer than {MostLength} characters"
                : cookie.Value.AsSpan().IndexOfAny(" \"'\\") >= 0 ? "has a quote, a space or a backslash in it, which EMQX refuses"
                : cookie.Value.Contains('#', StringComparison.Ordinal) && CutsAtHash(emqx.Release) ? "has a `#` in it, at which versions up to 6.0.2 and 6.1.0 cut it off"
                : null;
            if (why is not null)
            {
                yield return Observation.Of($"the cookie {why}", cookie.Evidence);
            }
        }
    }

    // emqx#16545, fixed in 6.0.3 and 6.1.1.
    private static bool CutsAtHash(EmqxRelease? release) =>
        release is not { } known || known.IsBefore(6, 0, 3) || (known.IsBefore(6, 1, 1) && !known.IsBefore(6, 1));

    private static bool IsSetNowhere(this EmqxCookies cookies, EmqxSubject emqx) =>
        cookies.Written is null && cookies.Problem is null && !emqx["node.cookie"].IsSet && !emqx.IsEnvironmentHidden && !cookies.InForce!.IsWellKnown; // a running one is in force
}
