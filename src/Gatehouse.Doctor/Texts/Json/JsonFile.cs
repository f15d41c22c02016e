using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Json;

/// <summary>
/// A JSON file of a program in Go: IPFS Cluster's <c>service.json</c>, Kubo's <c>config</c>. Names are looked up as Go does: upper and lower case
/// are the same, and of names that are the same the last one counts.
/// </summary>
public sealed class JsonFile : ConfigDocument
{
    private JsonFile(SourceText text)
        : base(text)
    {
        Root = JsonParser.Parse(text);
        var remarks = new List<Remark>();
        Tree = Built(Root, SettingPath.Root, remarks);
        Settings = Tree.ToTree(text.Source, remarks);
    }

    /// <inheritdoc/>
    public override SettingTree Settings { get; }

    internal JsonMap Root { get; }

    internal Draft Tree { get; }

    /// <summary>Reads a file; a byte order mark before it is kept.</summary>
    /// <exception cref="ProblemException"><c>GH8100</c> to <c>GH8103</c>: why it cannot be read, with the place.</exception>
    public static JsonFile Read(ReadOnlySpan<byte> bytes, string source) => new(SourceText.Read(bytes, source));

    /// <inheritdoc/>
    public override ConfigDocument Set(SettingPath path, Literal value) => new JsonEditor(this).Set(path, value);

    /// <inheritdoc/>
    public override ConfigDocument Remove(SettingPath path) => new JsonEditor(this).Remove(path);

    /// <inheritdoc/>
    public override ConfigDocument AddComment(SettingPath path, string comment) => throw EditCheck.Refuse(this, path, "JSON has no comments");

    internal static JsonFile Of(SourceText text) => new(text);

    private Draft Built(JsonNode node, SettingPath path, List<Remark> remarks)
    {
        Origin origin = SourceText.Origin(node.Span);
        switch (node)
        {
            case JsonScalar scalar:
                return Draft.Scalar(scalar.Kind, scalar.Value, origin, SourceText.Slice(node.Span), scalar.Kind == SettingKind.Text);
            case JsonList list:
                var items = new Draft(SettingKind.List) { Origins = [origin] };
                items.Items.AddRange(list.Items.Select((item, i) => Built(item, path.Add(i), remarks)));
                return items;
            default:
                var map = new Draft(SettingKind.Map) { Origins = [origin], IgnoresCase = true };
                var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
                foreach (JsonMember member in ((JsonMap)node).Members)
                {
                    SettingPath own = path.Add(member.Name);
                    if (!seen.Add(member.Name))
                    {
                        remarks.Add(new Remark(RemarkKind.DuplicateKey, own.ToString(), SourceText.Origin(member.Key)));
                    }

                    map.Put(member.Name, Built(member.Value, own, remarks).Over(map.Member(member.Name)));
                }

                return map;
        }
    }
}
