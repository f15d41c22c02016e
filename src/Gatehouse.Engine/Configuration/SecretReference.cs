using Gatehouse.Problems;
using Gatehouse.Trust.Files;

namespace Gatehouse.Engine.Configuration;

/// <summary>
/// Where a secret is, never the secret: <c>file:PATH</c>, a file that nobody else can read, <c>env:NAME</c>, a variable of the
/// daemon's environment, or <c>credential:NAME</c>, a credential that systemd hands to the service (systemd.exec(5)).
/// </summary>
/// <param name="File">The file, as written; or null.</param>
/// <param name="Variable">The variable; or null.</param>
/// <param name="Credential">The credential; or null.</param>
internal sealed record SecretReference(string? File, string? Variable, string? Credential = null)
{
    private const string FilePrefix = "file:";
    private const string VariablePrefix = "env:";
    private const string CredentialPrefix = "credential:";
    private const string CredentialFolder = "CREDENTIALS_DIRECTORY";
    private const int MaxBytes = 8 * 1024;

    /// <summary>Stands for one that could not be read, which is reported already.</summary>
    public static SecretReference Unread { get; } = new(null, null);

    /// <summary>As it is written.</summary>
    public override string ToString() => File is not null ? FilePrefix + File
        : Credential is not null ? CredentialPrefix + Credential
        : VariablePrefix + Variable;

    /// <summary>Reads one of the forms; null for anything else, which may be a secret and is never shown.</summary>
    public static SecretReference? Parse(string text)
    {
        if (text.StartsWith(FilePrefix, StringComparison.Ordinal) && text.Length > FilePrefix.Length)
        {
            return new SecretReference(text[FilePrefix.Length..], null);
        }

        if (text.StartsWith(CredentialPrefix, StringComparison.Ordinal))
        {
            // systemd.exec(5): a credential's name is that of a file.
            string credential = text[CredentialPrefix.Length..];
            bool isFileName = credential.Length is > 0 and <= 128 && credential is not ("." or "..")
                && credential.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
            return isFileName ? new SecretReference(null, null, credential) : null;
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
            text = File is not null ? Text(ReadFile(Path.GetFullPath(File, folder)))
                : Credential is not null ? Text(ReadCredential(Credential))
                : Environment.GetEnvironmentVariable(Variable!); // one of the three is there
        }
        catch (ProblemException e)
        {
            why = e.Problem.Hint is null ? e.Problem.Text : $"{e.Problem.Text} ({e.Problem.Hint})";
            return null;
        }

        text = text?.TrimEnd('\r', '\n');
        why = string.IsNullOrEmpty(text) ? (Variable is not null ? $"`{this}` is not set" : $"`{this}` is empty")
            : text.Length > MaxBytes ? $"`{this}` holds more than {MaxBytes} bytes"
            : text.Any(static c => c is < ' ' or > '~') || text[0] == ' ' || text[^1] == ' ' ? $"`{this}` holds more than one line, outer spaces or characters that are not ASCII"
            : "";
        return why.Length == 0 ? text : null;
    }

    private static string Text(byte[] bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    /// <summary>What is at the place, as bytes: for secrets in files of a form of their own. Null with the reason, which has nothing of it.</summary>
    /// <param name="folder">What the file is relative to.</param>
    /// <param name="why">Why there is none.</param>
    public byte[]? ReadBytes(string folder, out string why)
    {
        byte[]? bytes;
        try
        {
            bytes = File is not null ? ReadFile(Path.GetFullPath(File, folder))
                : Credential is not null ? ReadCredential(Credential)
                : Environment.GetEnvironmentVariable(Variable!) is { } text ? System.Text.Encoding.Latin1.GetBytes(text) : null; // one of the three is there
        }
        catch (ProblemException e)
        {
            why = e.Problem.Hint is null ? e.Problem.Text : $"{e.Problem.Text} ({e.Problem.Hint})";
            return null;
        }

        why = bytes is { Length: > 0 } ? "" : Variable is not null ? $"`{this}` is not set" : $"`{this}` is empty";
        return why.Length == 0 ? bytes : null;
    }

    private static byte[] ReadCredential(string name) =>
        Environment.GetEnvironmentVariable(CredentialFolder) is { Length: > 0 } given
            ? ReadFile(Path.Combine(given, name))
            : throw ConfigurationProblems.Secret.Exception($"`{CredentialPrefix}{name}`: `{CredentialFolder}` is not set, as it is under systemd");

    private static byte[] ReadFile(string path) =>
        new FileInfo(path) is { Exists: true, Length: > MaxBytes + 2 }
            ? throw ConfigurationProblems.Secret.Exception($"`{path}` holds more than {MaxBytes} bytes")
            : SecretFile.Read(path);
}
