using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Yaml;

/// <summary>A YAML file: <c>elasticsearch.yml</c> and its relatives, the security plugin's files. The first document of it.</summary>
public sealed class YamlFile : ConfigDocument
{
    private YamlFile(SourceText text, YamlOptions options)
        : base(text)
    {
        Options = options;
        Root = YamlParser.Parse(text, out TextSpan? rest);
        if (Root is not (null or YamlMap))
        {
            throw text.Syntax(Root.Span.Start, "names with values are expected at the top, such as `name: value`");
        }

        Rest = rest;
        Settings = Resolve(null);
    }

    /// <inheritdoc/>
    public override SettingTree Settings { get; }

    internal YamlOptions Options { get; }

    internal YamlNode? Root { get; }

    private TextSpan? Rest { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ProblemException"><c>GH8100</c> to <c>GH8103</c>: why it cannot be read, with the place.</exception>
    public static YamlFile Read(ReadOnlySpan<byte> bytes, string source, YamlOptions options) => new(SourceText.Read(bytes, source), options);

    /// <summary>What it sets with placeholders filled in from an environment.</summary>
    public SettingTree Resolve(EnvironmentVariables? environment)
    {
        Draft root = Build(environment, out List<Remark> remarks);
        return root.ToTree(Source, remarks);
    }

    /// <inheritdoc/>
    public override ConfigDocument Set(SettingPath path, Literal value) => new YamlEditor(this).Set(path, value);

    /// <inheritdoc/>
    public override ConfigDocument Remove(SettingPath path) => new YamlEditor(this).Remove(path);

    /// <inheritdoc/>
    public override ConfigDocument AddComment(SettingPath path, string comment) => new YamlEditor(this).AddComment(path, comment);

    internal static YamlFile Of(SourceText text, YamlOptions options) => new(text, options);

    internal Draft Build(EnvironmentVariables? environment, out List<Remark> remarks)
    {
        var tree = new YamlTree(SourceText, Options, environment);
        Draft root = tree.Build(Root);
        remarks = tree.Remarks;
        if (Rest is { } rest)
        {
            remarks.Add(new Remark(RemarkKind.Ignored, "a second document", SourceText.Origin(rest)));
        }

        return root;
    }
}
