using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>A node cookie that was found. Its value never leaves the rules.</summary>
/// <param name="Value">The cookie.</param>
/// <param name="Evidence">Where, masked.</param>
internal sealed record EmqxCookie(string Value, Evidence Evidence)
{
    private static readonly HashSet<string> WellKnown = new(StringComparer.Ordinal) { "", "emqxsecretcookie", "emqx50elixir", "secret", "public", "cookie" };

    /// <summary>Whether everybody knows it: the cookies of builds, images and samples, and none at all.</summary>
    public bool IsWellKnown => WellKnown.Contains(Value);
}

/// <summary>The cookies of an installation.</summary>
internal sealed class EmqxCookies
{
    private const string Path = "node.cookie";
    private const string FileScheme = "file://";
    private readonly EmqxSubject _emqx;

    private EmqxCookies(EmqxSubject emqx) => _emqx = emqx;

    /// <summary>The one that is set, files and environment together; null where none is or where it cannot be told.</summary>
    public EmqxCookie? Written { get; private init; }

    /// <summary>The one that the running process has, or null.</summary>
    public EmqxCookie? Running { get; private init; }

    /// <summary>The one in force: the process's, else what is set.</summary>
    public EmqxCookie? InForce => Running ?? Written;

    /// <summary>Why the one that is set cannot be told, or null.</summary>
    public string? Problem { get; private init; }

    /// <summary>Whether nothing sets one, so that the build's own is in force.</summary>
    public bool IsBuilds => InForce is null && Problem is null && _emqx[Path].Kind is SettingKind.Missing or SettingKind.Null;

    /// <summary>Whether the one in force is known to everybody.</summary>
    public bool IsWellKnown => InForce?.IsWellKnown ?? IsBuilds;

    /// <summary>The file that holds the cookie alone (<c>file://</c>, 6.3 and later), as this host has it, or null.</summary>
    public string? SecretFile { get; private init; }

    /// <summary>Cookies that one place sets and a stronger one replaces.</summary>
    public IEnumerable<EmqxCookie> Replaced => _emqx[Path].Overridden
        .Where(s => s is { Text: { } text, Origin: { } origin } && origin.Source != _emqx[Path].Origin?.Source && !text.StartsWith(FileScheme, StringComparison.Ordinal))
        .Select(s => new EmqxCookie(s.Text!, _emqx.Place(s))); // asked for above

    /// <summary>Looks at an installation.</summary>
    public static EmqxCookies Of(EmqxSubject emqx)
    {
        Setting setting = emqx[Path];
        ErlangFlag? flag = emqx.Flags.Find("-setcookie");
        EmqxCookie? running = emqx.Flags.IsRunning && flag is not null ? new EmqxCookie(flag.Value, flag.Evidence) : null;
        if (setting.IsUnknown || (setting.IsSet && setting.Text is null && setting.Kind != SettingKind.Null))
        {
            return new EmqxCookies(emqx) { Running = running, Problem = setting.Reason ?? "it is no text" };
        }

        if (!setting.IsSet || setting.Text is null)
        {
            EmqxCookie? argument = !emqx.Flags.IsRunning && flag is not null ? new EmqxCookie(flag.Value, flag.Evidence) : null;
            return new EmqxCookies(emqx) { Running = running, Written = argument, Problem = argument is null && running is null && emqx.IsEnvironmentHidden ? "the environment of the process may not be seen" : null };
        }

        return setting.Text.StartsWith(FileScheme, StringComparison.Ordinal) && emqx.IsBefore(6, 3) != true
            ? OfFile(emqx, setting, running)
            : new EmqxCookies(emqx) { Running = running, Written = new EmqxCookie(setting.Text, emqx.Place(setting)) };
    }

    private static EmqxCookies OfFile(EmqxSubject emqx, Setting setting, EmqxCookie? running)
    {
        string path = emqx.Places.OnHost(setting.Text!); // the caller looked
        FileContent content = emqx.Host.Read(path);
        bool isVersionKnown = emqx.IsBefore(6, 3) is not null;
        return new EmqxCookies(emqx)
        {
            Running = running,
            SecretFile = path,
            Written = content.Bytes is { } bytes && isVersionKnown
                ? new EmqxCookie(Encoding.UTF8.GetString(bytes).Trim(), new Evidence(EvidenceKind.File, path, "the cookie's file"))
                : null,
            Problem = !isVersionKnown ? "`file://` is read as a file from 6.3 on, and the version is not known"
                : content.Bytes is null ? $"its file cannot be read: {content.Why}"
                : null,
        };
    }
}
