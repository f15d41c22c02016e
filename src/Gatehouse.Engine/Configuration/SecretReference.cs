using Gatehouse.Problems;
using Gatehouse.Trust;

namespace Gatehouse.Engine.Configuration;

/// <summary>
/// Where a secret is, never the secret: <c>file:PATH</c>, a file that nobody else can read, or <c>env:NAME</c>, a variable of the
/// daemon's environment.
/// </summary>
/// <param name="File">The file, as written; or null.</param>
/// <param name="Variable">The variable; or null.</param>
internal sealed record SecretReference(string? File, string? Variable)
{
    private const string FilePrefix = "file:";
    private const string VariablePrefix = "env:";
    private const int MaxBytes = 8 * 1024;

    /// <summary>As it is written.</summary>
    public override string ToString() => File is null ? VariablePrefix + Variable : FilePrefix + File;

    /// <summary>Reads one of the forms; null for anything else, which may be a secret and is never shown.</summary>
    public static SecretReference? Parse(string text)
    {
        if (text.StartsWith(FilePrefix, StringComparison.Ordinal) && text.Length > FilePrefix.Length)
        {
            return new SecretReference(text[FilePrefix.Length..], null);
        }

        string name = text.StartsWith(VariablePrefix, StringComparison.Ordinal) ? text[VariablePrefix.Length..] : "";
        bool isName = name.Length is > 0 and <= 128 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return isName ? new SecretReference(null, name) : null;
    }

    /// <summary>The secret without line ends behind it: visible ASCII, for a header. Null with the reason, which has nothing of it.</summary>
    /// <param name="folder">What the file is relative to.</param>
    /// <param name="why">Why there is none.</param>
    public string? Read(string folder, out string why)
    {
        string? text;
        try
        {
            text = File is null ? Environment.GetEnvironmentVariable(Variable!) : ReadFile(Path.GetFullPath(File, folder)); // one of both is there
        }
        catch (ProblemException e)
        {
            why = e.Problem.Hint is null ? e.Problem.Text : $"{e.Problem.Text} ({e.Problem.Hint})";
            return null;
        }

        text = text?.TrimEnd('\r', '\n');
        why = string.IsNullOrEmpty(text) ? (File is null ? $"`{this}` is not set" : $"`{this}` is empty")
            : text.Length > MaxBytes ? $"`{this}` holds more than {MaxBytes} bytes"
            : text.Any(static c => c is < ' ' or > '~') || text[0] == ' ' || text[^1] == ' ' ? $"`{this}` holds more than one line, outer spaces or characters that are not ASCII"
            : "";
        return why.Length == 0 ? text : null;
    }

    private static string ReadFile(string path) =>
        new FileInfo(path) is { Exists: true, Length: > MaxBytes + 2 }
            ? throw ConfigurationProblems.Secret.Exception($"`{path}` holds more than {MaxBytes} bytes")
            : System.Text.Encoding.Latin1.GetString(SecretFile.Read(path));
}
