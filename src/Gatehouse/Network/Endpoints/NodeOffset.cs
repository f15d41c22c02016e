namespace Gatehouse.Network.Endpoints;

/// <summary>
/// How EMQX spreads the ports of several nodes: the digits at the end of the name before the <c>@</c>, as a number modulo
/// 60000, are added to the base port; without digits 0 is.
/// </summary>
public static class NodeOffset
{
    /// <summary>Base of Erlang's distribution.</summary>
    public const int DistributionBase = 4370;

    /// <summary>Base of EMQX's calls between nodes (gen_rpc).</summary>
    public const int CallsBase = 5370;

    /// <summary>The port of EMQX's calls where it is set by hand, as its container image does.</summary>
    public const int CallsFixed = 5369;

    private const int Modulus = 60_000;

    /// <summary>The offset of a node's name, with or without <c>@HOST</c>.</summary>
    public static int Of(string node)
    {
        int at = node.IndexOf('@', StringComparison.Ordinal);
        ReadOnlySpan<char> name = at < 0 ? node : node.AsSpan(0, at);
        int begin = name.Length;
        while (begin > 0 && char.IsAsciiDigit(name[begin - 1]))
        {
            begin--;
        }

        int offset = 0;
        foreach (char digit in name[begin..])
        {
            offset = ((offset * 10) + (digit - '0')) % Modulus;
        }

        return offset;
    }
}
