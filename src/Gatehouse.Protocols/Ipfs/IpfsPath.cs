using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>A CID or a path of IPFS, in the one form that decisions go by.</summary>
/// <param name="Resource">The CID alone, or <c>/ipfs/CID/tail</c>, <c>/ipld/CID/tail</c>, <c>/ipns/NAME/tail</c>.</param>
/// <param name="Pin">The CID, where nothing lies below it; null: only the upstream can say which content it is.</param>
internal sealed record IpfsPath(string Resource, Cid? Pin)
{
    private const int MaxLength = 4096;
    private const int MaxHost = 253;

    /// <summary>Reads what a command takes: a CID, with or without a tail, or a path.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out IpfsPath? path)
    {
        path = null;
        if (utf8.Length is 0 or > MaxLength)
        {
            return false;
        }

        string text = Encoding.UTF8.GetString(utf8);
        string[] pieces = (text[0] == '/' ? text[1..] : "ipfs/" + text).Split('/');
        bool endsWithSlash = pieces.Length > 2 && pieces[^1].Length == 0;
        return pieces.Length > 1 && TryMake(pieces[0], pieces[1], pieces.AsSpan(2..(endsWithSlash ? ^1 : ^0)), out path);
    }

    /// <summary>Puts a path together from its parts.</summary>
    public static bool TryMake(string space, string root, ReadOnlySpan<string> tail, [NotNullWhen(true)] out IpfsPath? path)
    {
        path = null;
        if (!ArePlain(tail))
        {
            return false;
        }

        if (space is "ipfs" or "ipld")
        {
            if (!Cid.TryParse(root, out Cid? cid))
            {
                return false;
            }

            path = tail.IsEmpty ? new IpfsPath(cid.Text, cid) : new IpfsPath($"/{space}/{cid.Text}/{string.Join('/', tail!)}", null);
            return true;
        }

        if (space != "ipns" || Name(root) is not { } name)
        {
            return false;
        }

        path = new IpfsPath(tail.IsEmpty ? "/ipns/" + name : $"/ipns/{name}/{string.Join('/', tail!)}", null);
        return true;
    }

    /// <summary>Whether every reader takes these pieces of a path for what they are.</summary>
    public static bool ArePlain(ReadOnlySpan<string> pieces)
    {
        foreach (string piece in pieces)
        {
            if (piece.Length == 0 || piece is "." or ".." || piece.AsSpan().ContainsAnyInRange('\0', '\u001f') ||
                piece.Contains('\\', StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    // A key in any of its spellings is one name; a host's case means nothing. A word without a dot is neither: `recover` below /pins/ipns
    // would be another route to the upstream.
    private static string? Name(string root) =>
        PeerId.TryParse(root, out string? key) ? key : root.Length <= MaxHost && root.Contains('.', StringComparison.Ordinal) && MultiAddress.IsHost(root)
            ? root.ToLowerInvariant()
            : null;
}
