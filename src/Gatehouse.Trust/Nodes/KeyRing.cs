using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Trust.Nodes;

/// <summary>The data keys that a node holds, in memory and on disk; the one in use first.</summary>
internal sealed class KeyRing : IDisposable
{
    private const string Place = "trust/data-keys";

    private readonly TrustFiles _files;
    private readonly NodeKey _node;
    private readonly string _purpose;
    private readonly List<byte[]> _keys;

    public KeyRing(TrustFiles files, NodeKey node, string clusterId, byte[] active)
    {
        _files = files;
        _node = node;
        _purpose = DataKeyRecord.PurposeOf(clusterId);
        _keys = [active];
        Sealer = new Sealer(active);
        foreach (byte[] key in ReadOthers())
        {
            Add(key);
        }
    }

    /// <summary>Seals under the one in use, opens with all.</summary>
    public Sealer Sealer { get; }

    /// <summary>Uses another key that it holds.</summary>
    /// <exception cref="ProblemException">GH3022.</exception>
    public void Activate(string keyId)
    {
        int at = _keys.FindIndex(key => Sealer.IdOf(key) == keyId);
        if (at < 0)
        {
            throw TrustProblems.DataKeyUnknown.Exception($"this node does not hold data key `{keyId}`", "it reads it from the store by itself; look at `gatehouse status`");
        }

        if (at == 0)
        {
            return;
        }

        byte[] active = _keys[at];
        _keys.RemoveAt(at);
        _keys.Insert(0, active);

        // The others first: a crash between the two files loses no key.
        WriteOthers(_keys);
        SecretFile.Write(_files.DataKey, KeyWrap.Wrap(_node.PublicKey, _purpose, active));
        Sealer.TryActivate(keyId);
    }

    /// <summary>Takes over a key and those before it; on disk when it returns.</summary>
    public void Learn(ReadOnlySpan<byte> key, DataKeyRecord record)
    {
        if (Sealer.IdOf(key) != record.KeyId)
        {
            throw TrustProblems.DataKeyForged.Exception($"the record of data key `{record.KeyId}` holds another key", "find out who wrote to the store");
        }

        byte[] taken = key.ToArray();
        using var under = new Sealer(taken);
        byte[] before = under.TryOpen(DataKeyRecord.PlaceOf(record.KeyId), 0, record.Before)
            ?? throw TrustProblems.DataKeyForged.Exception($"the keys before data key `{record.KeyId}` do not open", "find out who wrote to the store");
        for (int at = 0; at + 32 <= before.Length; at += 32)
        {
            Add(before[at..(at + 32)]);
        }

        CryptographicOperations.ZeroMemory(before);
        Add(taken);
        WriteOthers(_keys);
    }

    /// <summary>Takes over a key that the cluster state holds; on disk when it returns.</summary>
    /// <exception cref="ProblemException">GH3023.</exception>
    public void Take(ReadOnlySpan<byte> key, string keyId)
    {
        if (key.Length != 32 || Sealer.IdOf(key) != keyId)
        {
            throw TrustProblems.DataKeyForged.Exception($"what the cluster state has as data key `{keyId}` is another key", "look at `gatehouse status` on another node");
        }

        Add(key.ToArray());
        WriteOthers(_keys);
    }

    /// <summary>The key in use as the cluster state holds it.</summary>
    public DataKeyDocument DescribeActive(string clusterId, IEnumerable<(string Id, ReadOnlyMemory<byte> WrapKey)> nodes, DateTimeOffset now) => new()
    {
        Id = Sealer.KeyId,
        Phase = TrustPhase.Active,
        Keys = nodes.ToImmutableSortedDictionary(static n => n.Id, n => KeyWrap.Wrap(n.WrapKey.Span, DataKeyRecord.PurposeOf(clusterId), _keys[0]), StringComparer.Ordinal),
        Created = now,
    };

    /// <summary>The record of a new key, not yet signed.</summary>
    public DataKeyRecord Describe(ReadOnlySpan<byte> key, string clusterId, string by, IEnumerable<NodeDocument> nodes)
    {
        string id = Sealer.IdOf(key);
        byte[] before = [.. _keys.SelectMany(static k => k)];
        using var under = new Sealer(key);
        var wraps = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (NodeDocument node in nodes)
        {
            wraps[node.Id] = KeyWrap.Wrap(node.WrapKey, _purpose, key);
        }

        var record = new DataKeyRecord
        {
            Format = DataKeyRecord.CurrentFormat,
            ClusterId = clusterId,
            KeyId = id,
            Wraps = wraps,
            Before = under.Seal(DataKeyRecord.PlaceOf(id), 0, before),
            By = by,
        };
        CryptographicOperations.ZeroMemory(before);
        return record;
    }

    /// <summary>All keys, each wrapped to a node, the one in use first.</summary>
    public ImmutableArray<byte[]> WrapAll(ReadOnlySpan<byte> recipient, string clusterId)
    {
        var wrapped = ImmutableArray.CreateBuilder<byte[]>();
        foreach (byte[] key in _keys.ToArray())
        {
            wrapped.Add(KeyWrap.Wrap(recipient, DataKeyRecord.PurposeOf(clusterId), key));
        }

        return wrapped.ToImmutable();
    }

    /// <summary>One of the keys, wrapped to a node; null where this node does not hold it.</summary>
    public byte[]? Wrap(string keyId, ReadOnlySpan<byte> recipient, string clusterId)
    {
        byte[]? key = Array.Find(_keys.ToArray(), one => Sealer.IdOf(one) == keyId);
        return key is null ? null : KeyWrap.Wrap(recipient, DataKeyRecord.PurposeOf(clusterId), key);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (byte[] key in _keys)
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Writes keys besides the one that is wrapped in a file of its own.</summary>
    public static void WriteOthers(TrustFiles files, NodeKey node, IEnumerable<byte[]> keys)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(new KeyRingFile { Format = 1, Keys = [.. keys] }, TrustJson.Default.KeyRingFile);
        SecretFile.Write(files.KeyRing, node.Sealer.Seal(Place, 0, content));
        CryptographicOperations.ZeroMemory(content);
    }

    private void WriteOthers(IEnumerable<byte[]> keys) => WriteOthers(_files, _node, keys);

    private byte[][] ReadOthers()
    {
        if (SecretFile.ReadIfExists(_files.KeyRing) is not { } content)
        {
            return [];
        }

        byte[]? opened = _node.Sealer.TryOpen(Place, 0, content);
        try
        {
            return opened is not null && JsonSerializer.Deserialize(opened, TrustJson.Default.KeyRingFile) is { Format: 1 } file && Array.TrueForAll(file.Keys, static k => k.Length == 32)
                ? file.Keys
                : throw Broken(null);
        }
        catch (JsonException fault)
        {
            throw Broken(fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened);
        }
    }

    private ProblemException Broken(Exception? inner) =>
        TrustProblems.TrustInconsistent.Exception($"`{_files.KeyRing}` does not open with this node's key", "put the file back from where it went", inner);

    private void Add(byte[] key)
    {
        string id = Sealer.IdOf(key);
        if (!Sealer.Knows(id))
        {
            _keys.Add(key);
            Sealer.Accept(key);
        }
    }
}
