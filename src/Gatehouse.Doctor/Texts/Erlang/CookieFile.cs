using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Erlang;

/// <summary>
/// An Erlang cookie file (<c>.erlang.cookie</c>), one setting <c>cookie</c>. Printable ASCII is read up to the first other sign, and only white space may
/// follow, as Erlang has it.
/// </summary>
public sealed class CookieFile : ConfigDocument
{
    private const string Name = "cookie";

    private readonly TextSpan _span;

    private CookieFile(SourceText text)
        : base(text)
    {
        string all = text.Text;
        int end = 0;
        while (end < all.Length && all[end] is >= ' ' and <= '~')
        {
            end++;
        }

        _span = new TextSpan(0, end);
        Origin origin = text.Origin(_span);
        bool isWhole = all.AsSpan(end).IndexOfAnyExcept("\r\n ") < 0;
        Draft value = end == 0 || !isWhole
            ? new Draft(SettingKind.Unknown) { Reason = end == 0 ? "the file holds no cookie" : "the file holds signs that no cookie has", Origins = [origin] }
            : Draft.Scalar(SettingKind.Text, all[..end], origin, all[..end], isQuoted: false);
        var root = new Draft(SettingKind.Map);
        root.Put(Name, value);
        Settings = root.ToTree(text.Source, []);
    }

    /// <inheritdoc/>
    public override SettingTree Settings { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ProblemException"><c>GH8100</c>, <c>GH8101</c>: why it cannot be read.</exception>
    public static CookieFile Read(ReadOnlySpan<byte> bytes, string source) => new(SourceText.Read(bytes, source));

    /// <inheritdoc/>
    public override ConfigDocument Set(SettingPath path, Literal value)
    {
        string? cookie = LiteralText.Of(value);
        bool isCookie = path.Equals(SettingPath.Of(Name)) && cookie is { Length: > 0 and <= 255 } && cookie.All(static c => c is > ' ' and <= '~');
        return isCookie
            ? new CookieFile(SourceText.With(new TextEdit(_span, cookie!))) // isCookie says that it is there
            : throw EditCheck.Refuse(this, path, "a cookie is 1 to 255 printable signs without spaces");
    }

    /// <inheritdoc/>
    public override ConfigDocument Remove(SettingPath path) => throw EditCheck.Refuse(this, path, "a file without a cookie is no cookie file");

    /// <inheritdoc/>
    public override ConfigDocument AddComment(SettingPath path, string comment) => throw EditCheck.Refuse(this, path, "a cookie file has no comments");
}
