using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Erlang;

/// <summary>A word of a file of arguments.</summary>
/// <param name="Value">Without its quotes.</param>
/// <param name="Origin">Where it is.</param>
public sealed record VmWord(string Value, Origin Origin)
{
    internal TextSpan Span { get; init; }

    internal bool IsFlag { get; init; }

    /// <summary>Its place; never the word.</summary>
    public override string ToString() => $"a word at {Origin}";
}

/// <summary>A flag with what follows it.</summary>
/// <param name="Name">With its sign: <c>-setcookie</c>, <c>+K</c>.</param>
/// <param name="Origin">Where it is.</param>
/// <param name="Values">The words up to the next flag.</param>
public sealed record VmFlag(string Name, Origin Origin, ImmutableArray<VmWord> Values)
{
    internal TextSpan Span { get; init; }

    /// <summary>Whether its words are names with values: <c>-kernel inet_dist_listen_min 4370</c>, <c>-env NAME value</c>.</summary>
    public bool IsPairs => Values.Length >= 2 && Values.Length % 2 == 0 && Name[0] == '-' && Name is not ("-s" or "-run" or "-pa" or "-pz" or "-eval" or "-extra" or "-config");

    /// <summary>Its name and place; never a value.</summary>
    public override string ToString() => $"{Name} {Origin}";
}

/// <summary>
/// <c>vm.args</c>, the arguments of an Erlang machine: <c>-setcookie</c> and <c>+K</c> are settings of these names, <c>-kernel.inet_dist_listen_min</c> is
/// the value of a pair. Words may stand in quotes, <c>#</c> begins a comment.
/// </summary>
public sealed class VmArgsFile : ConfigDocument
{
    private VmArgsFile(SourceText text)
        : base(text)
    {
        Flags = VmArgsParser.Parse(text);
        var remarks = new List<Remark>();
        Settings = Built(remarks).ToTree(text.Source, remarks);
    }

    /// <inheritdoc/>
    public override SettingTree Settings { get; }

    /// <summary>Every flag in order.</summary>
    public ImmutableArray<VmFlag> Flags { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ProblemException"><c>GH8100</c> to <c>GH8103</c>: why it cannot be read, with the place.</exception>
    public static VmArgsFile Read(ReadOnlySpan<byte> bytes, string source) => new(SourceText.Read(bytes, source));

    /// <inheritdoc/>
    public override ConfigDocument Set(SettingPath path, Literal value) => new VmArgsEditor(this).Set(path, value);

    /// <inheritdoc/>
    public override ConfigDocument Remove(SettingPath path) => new VmArgsEditor(this).Remove(path);

    /// <inheritdoc/>
    public override ConfigDocument AddComment(SettingPath path, string comment) => new VmArgsEditor(this).AddComment(path, comment);

    internal static VmArgsFile Of(SourceText text) => new(text);

    private Draft Built(List<Remark> remarks)
    {
        bool isOpen = Flags.Any(static f => f.Name == "-args_file");
        var root = new Draft(SettingKind.Map) { IsPartial = isOpen, Reason = isOpen ? "another file of arguments was not read" : null };
        foreach (VmFlag flag in Flags)
        {
            if (flag.Name == "-args_file")
            {
                remarks.Add(new Remark(RemarkKind.Include, flag.Values is [var file, ..] ? file.Value : "", flag.Origin));
            }

            Draft? before = root.Member(flag.Name);
            if (flag.IsPairs)
            {
                Draft map = before is { Kind: SettingKind.Map } ? before : new Draft(SettingKind.Map) { Origins = [flag.Origin] };
                for (int i = 0; i < flag.Values.Length; i += 2)
                {
                    Put(map, flag.Values[i].Value, Word(flag.Values[i + 1]), flag.Values[i].Origin, flag.Name + ".", remarks);
                }

                root.Put(flag.Name, map);
                continue;
            }

            Put(root, flag.Name, Value(flag), flag.Origin, "", remarks);
        }

        return root;
    }

    private static void Put(Draft map, string name, Draft value, Origin origin, string prefix, List<Remark> remarks)
    {
        if (map.Member(name) is not null && name is not ("-pa" or "-pz" or "-args_file" or "-s" or "-run" or "-eval"))
        {
            remarks.Add(new Remark(RemarkKind.DuplicateKey, prefix + name, origin));
        }

        map.Put(name, value.Over(map.Member(name)));
    }

    private static Draft Value(VmFlag flag)
    {
        if (flag.Values.IsEmpty)
        {
            return Draft.Scalar(SettingKind.Null, null, flag.Origin, "", isQuoted: false);
        }

        if (flag.Values is [var only])
        {
            return Word(only);
        }

        var list = new Draft(SettingKind.List) { Origins = [flag.Origin] };
        list.Items.AddRange(flag.Values.Select(Word));
        return list;
    }

    private static Draft Word(VmWord word) => Draft.Scalar(SettingKind.Text, word.Value, word.Origin, word.Value, isQuoted: false);
}
