using System.Diagnostics.CodeAnalysis;

namespace Gatehouse.Network;

/// <summary>
/// The ports of Erlang nodes that are wired as EMQX does it, without a port mapper: <c>base + offset</c>, the offset being
/// the digits that end the part of the node's name before <c>@</c>.
/// </summary>
public static class ErlangPorts
{
    /// <summary>Distribution of a node without digits at the end of its name.</summary>
    public const int DistributionBase = 4370;

    /// <summary>gen_rpc of such a node, found by the rule.</summary>
    public const int RpcBase = 5370;

    /// <summary>gen_rpc where its port is set by hand, as EMQX's container image does.</summary>
    public const int RpcFixed = 5369;

    /// <summary>Offsets begin anew here.</summary>
    public const int Wrap = 60_000;

    private const string RemoteShell = "remsh";
    private const int MaxName = 255;

    /// <summary>The offset of a node, with or without <c>@HOST</c>: 0 to 59,999; 0 without digits at the end.</summary>
    public static int Offset(string node)
    {
        ReadOnlySpan<char> name = NamePart(node);
        int first = name.Length;
        while (first > 0 && char.IsAsciiDigit(name[first - 1]))
        {
            first--;
        }

        int offset = 0;
        foreach (char digit in name[first..])
        {
            // Any number of digits is one number to Erlang; the remainder is the same taken on the way.
            offset = ((offset * 10) + (digit - '0')) % Wrap;
        }

        return offset;
    }

    /// <summary>Port of the distribution, or null where it would be no port.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="start">The base, where <c>inet_dist_base_port</c> says another one.</param>
    public static int? Distribution(string node, int start = DistributionBase) =>
        start + Offset(node) is int port and <= ushort.MaxValue ? port : null;

    /// <summary>Port of gen_rpc by the rule; its base cannot be set.</summary>
    public static int Rpc(string node) => RpcBase + Offset(node);

    /// <summary>Whether the node is a shell on another one: it listens anywhere from 10000 to 60000, and nobody connects to it.</summary>
    public static bool IsRemoteShell(string node) => node.StartsWith(RemoteShell, StringComparison.Ordinal);

    /// <summary>Whether it can be a node's name, with or without <c>@HOST</c>: letters, digits, <c>_</c> and <c>-</c> before it.</summary>
    public static bool IsNodeName(string node, [NotNullWhen(false)] out string? why)
    {
        int at = node.IndexOf('@', StringComparison.Ordinal);
        ReadOnlySpan<char> name = NamePart(node);
        why = node.Length > MaxName ? "it is longer than 255 characters"
            : name.IsEmpty ? "it has no name before `@`"
            : name.ContainsAnyExcept(NameCharacters) ? "the part before `@` has letters, digits, `_` and `-` only"
            : at >= 0 && node[(at + 1)..] is not { Length: > 0 } ? "it has no host after `@`"
            : at >= 0 && node.AsSpan(at + 1).ContainsAnyExcept(HostCharacters) ? "the part after `@` is no host"
            : IsRemoteShell(node) ? "nodes whose name begins with `remsh` are shells, which nobody connects to"
            : null;
        return why is null;
    }

    private static ReadOnlySpan<char> NamePart(string node)
    {
        int at = node.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? node : node.AsSpan(0, at);
    }

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private static readonly System.Buffers.SearchValues<char> HostCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:[]");
}
