using System.Text.RegularExpressions;

namespace Gatehouse.Trust.Tls;

/// <summary>
/// Whether a configuration asks for the profile <c>fips</c>, told before it is read: OpenSSL takes its providers when it is
/// first loaded, which reading a configuration may do. Only narrows; whether the configuration is right is found out later,
/// and a request that was missed here is refused there.
/// </summary>
/// <param name="Module">The module's configuration as <c>openssl fipsinstall</c> writes it; null where there is none.</param>
public sealed partial record FipsRequest(string? Module)
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>Where the module's configuration is looked for when the file does not say.</summary>
    public static IReadOnlyList<string> UsualPlaces { get; } =
        ["/etc/ssl/fipsmodule.cnf", "/usr/lib/ssl/fipsmodule.cnf", "/usr/local/ssl/fipsmodule.cnf", "/etc/pki/tls/fipsmodule.cnf"];

    /// <summary>Looks into a file; null when it does not ask, or cannot be read.</summary>
    public static FipsRequest? Find(string configurationFile)
    {
        try
        {
            string path = Path.GetFullPath(configurationFile);
            FipsRequest? found = new FileInfo(path).Length <= MaxBytes ? Parse(File.ReadAllText(path)) : null;
            return found?.Module is { } module ? new FipsRequest(Path.GetFullPath(module, Path.GetDirectoryName(path)!)) : found;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Whoever reads it in earnest says what is wrong with it.
            return null;
        }
    }

    /// <summary>The same of a text.</summary>
    public static FipsRequest? Parse(string text)
    {
        // The word first: every start of the daemon passes here, and making the pattern takes longer than looking for it.
        if (!text.Contains("fips", StringComparison.Ordinal) || !Profile().IsMatch(text))
        {
            return null;
        }

        string named = ModuleFile().Match(text).Groups["file"].Value.Trim('"', '\'');
        return new FipsRequest(named.Length > 0 ? named : UsualPlaces.FirstOrDefault(File.Exists));
    }

    [GeneratedRegex(@"^[^#\n]*\bprofile\s*:\s*[""']?fips\b", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Profile();

    [GeneratedRegex(@"^[^#\n]*\bfips_module\s*:\s*(?<file>[^\s,}#]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ModuleFile();
}
