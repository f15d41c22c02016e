namespace Gatehouse.Protocols.Ipfs;

/// <summary>What the arguments of a command are; the words of kubo.catalogue.</summary>
internal enum KuboArguments : byte
{
    None = 0,
    Path,
    Paths,
    OptionalPaths,
    TwoPaths,
    Each,
    OptionalEach,
    First,
}

/// <summary>A command of Kubo's RPC API, or of the proxy in its place.</summary>
/// <param name="Path">Below <c>/api/v0/</c>; may end with <c>{arg}</c>.</param>
/// <param name="Action">Its action.</param>
/// <param name="Arguments">What <c>arg</c> means.</param>
/// <param name="HasFile">Whether it reads a body.</param>
internal sealed record KuboCommand(string Path, string Action, KuboArguments Arguments, bool HasFile)
{
    private const string PathArgument = "/{arg}";

    /// <summary>Whether the argument stands in the path.</summary>
    public bool HasPathArgument => Path.EndsWith(PathArgument, StringComparison.Ordinal);

    /// <summary>The command without its argument.</summary>
    public string Name => HasPathArgument ? Path[..^PathArgument.Length] : Path;

    /// <summary>Whether the proxy answers it in place of Kubo.</summary>
    public bool IsProxyOwn => Action.StartsWith("proxy.", StringComparison.Ordinal);

    public static List<KuboCommand> ReadTable(string text)
    {
        List<KuboCommand> commands = [];
        foreach (string line in text.Split('\n'))
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length >= 3 && !columns[0].StartsWith('#'))
            {
                commands.Add(new KuboCommand(columns[0], columns[1], Kind(columns[2]), columns.Length > 3 && columns[3] == "file"));
            }
        }

        return commands;
    }

    private static KuboArguments Kind(string word) => word switch
    {
        "none" => KuboArguments.None,
        "path" => KuboArguments.Path,
        "path+" => KuboArguments.Paths,
        "path?" => KuboArguments.OptionalPaths,
        "paths2" => KuboArguments.TwoPaths,
        "each" => KuboArguments.Each,
        "each?" => KuboArguments.OptionalEach,
        "first" => KuboArguments.First,
        _ => throw new InvalidOperationException($"`{word}` is no kind of arguments"),
    };
}
