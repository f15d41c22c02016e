using System.Collections.Concurrent;

namespace Gatehouse.Testing.Ipfs.State;

/// <summary>What the nodes hold: content by CID, and the names of what is in a directory.</summary>
public sealed class Blobs
{
    private readonly ConcurrentDictionary<string, byte[]> _content = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> _directories = new(StringComparer.Ordinal);

    /// <summary>What names of IPNS and DNSLink point to: name to CID.</summary>
    public ConcurrentDictionary<string, string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>The CIDs that content was kept for.</summary>
    public IReadOnlyCollection<string> Known => [.. _content.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Keeps content.</summary>
    public void Keep(string cid, byte[] content) => _content[cid] = content;

    /// <summary>Keeps a directory: names and the CIDs they stand for.</summary>
    public void KeepDirectory(string cid, IReadOnlyDictionary<string, string> entries) => _directories[cid] = entries;

    /// <summary>The content, or null.</summary>
    public byte[]? Find(string cid) => _content.GetValueOrDefault(cid);

    /// <summary>What a directory holds, or null.</summary>
    public IReadOnlyDictionary<string, string>? Directory(string cid) => _directories.GetValueOrDefault(cid);

    /// <summary>Forgets content; false where it was not there.</summary>
    public bool Remove(string cid) => _content.TryRemove(cid, out _);

    /// <summary>
    /// The CID that a path such as <c>/ipfs/CID/a/b</c> or <c>CID/a</c> stands for, or null. A path through content that the
    /// nodes do not know resolves to its first CID; a name of IPNS or DNSLink resolves where <see cref="Names"/> has it.
    /// </summary>
    public string? Resolve(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["ipfs" or "ipld", ..])
        {
            parts = parts[1..];
        }

        else if (parts is ["ipns", ..])
        {
            parts = parts.Length > 1 && Names.TryGetValue(parts[1], out string? named) ? [named, .. parts[2..]] : [];
        }

        if (parts.Length == 0 || Cids.Canonical(parts[0]) is not { } at)
        {
            return null;
        }

        foreach (string name in parts.Skip(1))
        {
            if (Directory(at) is { } entries)
            {
                if (!entries.TryGetValue(name, out string? next))
                {
                    return null;
                }

                at = next;
            }
        }

        return at;
    }
}
