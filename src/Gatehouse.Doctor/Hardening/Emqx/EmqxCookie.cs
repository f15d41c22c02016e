using System.Text;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>The cookie that makes nodes one cluster: since 6.3 in a file of its own, which <c>node.cookie</c> names; before that in <c>emqx.conf</c>.</summary>
internal static class EmqxCookie
{
    private const string Setting = "node.cookie", File = "gatehouse-cookie", Scheme = "file://";
    private static readonly Version FirstWithFile = new(6, 3);

    /// <summary>The file with a cookie that nobody guesses.</summary>
    /// <param name="edited">The main file.</param>
    /// <param name="place">The file that holds the cookie then, or null where it is the same as before.</param>
    /// <param name="files">What is in force.</param>
    /// <param name="draft">The plan.</param>
    /// <param name="wishes">What the administrator says.</param>
    /// <param name="secrets">Makes one.</param>
    /// <param name="version">EMQX's.</param>
    public static ConfigDocument Of(ConfigDocument edited, out string? place, EmqxFiles files, PlanDraft draft, HardenWishes wishes, ISecretSource secrets, Version version)
    {
        place = null;
        string? written = files.InForce[Setting].Text;
        bool isFile = version >= FirstWithFile && written?.StartsWith(Scheme, StringComparison.Ordinal) == true;
        string? path = isFile ? files.OnHost(written!) : null; // just looked at
        byte[]? content = path is null ? null : draft.Optional(path);
        if (isFile && content is null && wishes.Secret is null)
        {
            draft.Step($"Look at the cookie yourself: it is taken from {written}, which cannot be read now. It wants 32 random letters and digits or more, and nobody but EMQX to read it.");
            return edited;
        }

        string? current = isFile ? content is null ? null : Encoding.UTF8.GetString(content).Trim() : written;
        string cookie = draft.Secret($"cookie of the cluster (`{Setting}`)", current, wishes.Secret?.Trim(), Fault, () => secrets.Word(64));
        bool isChanged = cookie != current;
        if (isChanged)
        {
            draft.Warn("the cookie changes: a node with another one cannot talk to this one any more, and `emqx ctl` on this host only after a restart");
        }

        if (version < FirstWithFile)
        {
            place = isChanged ? draft.File : null;
            return edited.Put(Setting, Literal.Text(cookie));
        }

        string own = isFile && !isChanged ? path! : draft.Beside(File); // isFile and content
        draft.PutSecret(own, isChanged || !isFile ? Encoding.UTF8.GetBytes(cookie) : content!); // the same
        place = isChanged ? own : null;
        return isFile && !isChanged ? edited : edited.Put(Setting, Literal.Text(Scheme + own));
    }

    private static string? Fault(string? cookie) =>
        !SecretStrength.IsGoodWord(cookie) ? "it can be guessed"
        : cookie!.Length > 255 || !cookie.All(char.IsAsciiLetterOrDigit) ? "it has other signs than letters and digits, which versions read differently" // good: not null
        : null;
}
