using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Units;

/// <summary>Who reads a file of environment variables; each does it in its own way.</summary>
public enum EnvSyntax
{
    /// <summary>systemd's <c>EnvironmentFile=</c>: quotes, backslashes, comments with <c>#</c> and <c>;</c>.</summary>
    Systemd = 0,

    /// <summary><c>docker run --env-file</c>: everything behind the first <c>=</c> is the value, quotes too.</summary>
    Docker = 1,

    /// <summary>Compose's <c>.env</c> and <c>env_file</c>: quotes, <c>export</c>, comments behind a value, <c>${NAME}</c>.</summary>
    Compose = 2,
}

/// <summary>One line of it.</summary>
internal sealed record EnvEntry(string Name, string? Value, TextSpan Key, TextSpan Written, TextSpan Span);

/// <summary>A file of environment variables; each variable is a setting of its name.</summary>
public sealed class EnvFile : ConfigDocument
{
    private EnvFile(SourceText text, EnvSyntax syntax, EnvironmentVariables? environment)
        : base(text)
    {
        Syntax = syntax;
        Environment = environment;
        Entries = [.. EnvParser.Parse(text, syntax, environment, out List<Remark> remarks)];
        var root = new Draft(SettingKind.Map);
        foreach (EnvEntry entry in Entries)
        {
            if (root.Member(entry.Name) is not null)
            {
                remarks.Add(new Remark(RemarkKind.DuplicateKey, entry.Name, text.Origin(entry.Key)));
            }

            Origin origin = text.Origin(entry.Written);
            Draft value = entry.Value is { } known
                ? Draft.Scalar(SettingKind.Text, known, origin, text.Slice(entry.Written), isQuoted: false)
                : new Draft(SettingKind.Unknown) { Reason = $"the variable `{entry.Name}` is made of what is not known", Raw = text.Slice(entry.Written), Origins = [origin] };
            root.Put(entry.Name, value.Over(root.Member(entry.Name)));
        }

        Settings = root.ToTree(text.Source, remarks);
        Variables = EnvironmentVariables.Of(Entries.Select(e => new EnvironmentVariable(e.Name, e.Value, text.Origin(e.Written) with { Variable = e.Name }, text.Slice(e.Written))));
    }

    /// <inheritdoc/>
    public override SettingTree Settings { get; }

    /// <summary>The variables in order; of one name the last one counts.</summary>
    public EnvironmentVariables Variables { get; }

    internal EnvSyntax Syntax { get; }

    internal EnvironmentVariables? Environment { get; }

    internal ImmutableArray<EnvEntry> Entries { get; }

    /// <summary>Reads a file; <paramref name="environment"/> fills in what names other variables, where the syntax has that.</summary>
    /// <exception cref="ProblemException"><c>GH8100</c> to <c>GH8103</c>: why it cannot be read, with the place.</exception>
    public static EnvFile Read(ReadOnlySpan<byte> bytes, string source, EnvSyntax syntax, EnvironmentVariables? environment = null) =>
        new(SourceText.Read(bytes, source), syntax, environment);

    /// <inheritdoc/>
    public override ConfigDocument Set(SettingPath path, Literal value)
    {
        bool isName = path.Depth == 1 && path.Name.Length > 0 && path.Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
        string? text = LiteralText.Of(value);
        if (!isName || text is null || (Syntax == EnvSyntax.Docker && text.AsSpan().IndexOfAny('\n', '\r') >= 0))
        {
            throw EditCheck.Refuse(this, path, "a name, and a text that the file can hold, are expected");
        }

        string written = value is Literal.RawLiteral ? text : EnvParser.Written(text, Syntax);
        EnvEntry? entry = Entries.LastOrDefault(e => e.Name == path.Name);
        TextEdit edit = entry is null ? SourceText.AtEnd($"{path.Name}={written}")
            : entry.Written.Start == entry.Key.End ? new TextEdit(entry.Written, "=" + written)
            : new TextEdit(entry.Written, written);
        return EditCheck.Made(this, Of, path, value, edit);
    }

    /// <inheritdoc/>
    public override ConfigDocument Remove(SettingPath path)
    {
        TextEdit[] gone = path.Depth == 1 ? [.. Entries.Where(e => e.Name == path.Name).Select(e => new TextEdit(SourceText.Lines(e.Span), ""))] : [];
        return gone.Length == 0 ? this : EditCheck.Made(this, Of, path, null, gone);
    }

    /// <inheritdoc/>
    public override ConfigDocument AddComment(SettingPath path, string comment)
    {
        int at = path.IsRoot ? 0 : Entries.LastOrDefault(e => e.Name == path.Name && path.Depth == 1)?.Key.Start ?? throw EditCheck.Refuse(this, path, "it is not set in this file");
        return EditCheck.Commented(this, Of, path, at, ("#", comment));
    }

    private EnvFile Of(SourceText text) => new(text, Syntax, Environment);
}
