using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Serialization;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store.Transfer;

/// <summary>Kinds of records; the numbers stay.</summary>
internal enum BackupRecord
{
    /// <summary>The generation.</summary>
    Manifest = 1,

    /// <summary>A chunk of it.</summary>
    Chunk = 2,

    /// <summary>A record of the key ring.</summary>
    Keyring = 3,

    /// <summary>A value of runtime state.</summary>
    Runtime = 4,

    /// <summary>The last one.</summary>
    End = 5,
}

/// <summary>Who made a backup, and when.</summary>
internal sealed record BackupHeader
{
    public required string ClusterId { get; init; }

    public required string NodeId { get; init; }

    public required string NodeName { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>The node's files of trust, by their names in the data folder: wrapped or sealed each, or public.</summary>
    public required ImmutableSortedDictionary<string, byte[]> Trust { get; init; }
}

/// <summary>The header as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(BackupHeader))]
internal sealed partial class BackupJson : JsonSerializerContext;

/// <summary>What a backup holds.</summary>
internal sealed class BackupSource(Sealer sealer) : IStoreSource
{
    private readonly Dictionary<string, byte[]> _chunks = new(StringComparer.Ordinal);
    private readonly List<KeyringEntry> _keyring = [];
    private readonly List<KeyValuePair<string, byte[]>> _runtime = [];
    private long _number;
    private byte[]? _manifest;

    /// <summary>Takes a record that was opened.</summary>
    public void Take(byte[] plain)
    {
        int nameBytes = BinaryPrimitives.ReadInt32BigEndian(plain.AsSpan(1));
        string name = Encoding.UTF8.GetString(plain, 1 + sizeof(int), nameBytes);
        byte[] content = plain[(1 + sizeof(int) + nameBytes)..];
        switch ((BackupRecord)plain[0])
        {
            case BackupRecord.Manifest:
                _number = long.Parse(name, NumberStyles.None, CultureInfo.InvariantCulture);
                _manifest = content;
                break;
            case BackupRecord.Chunk:
                _chunks[name] = content;
                break;
            case BackupRecord.Keyring:
                _keyring.Add(new KeyringEntry(name, content));
                break;
            case BackupRecord.Runtime:
                _runtime.Add(new(name, content));
                break;
            default:
                throw TransferProblems.BackupBroken.Exception("it holds what this version does not know", "restore it with the version that made it, or a newer one");
        }
    }

    public ValueTask<StoreOutline?> OutlineAsync(CancellationToken cancellation) =>
        StoreOutline.ReadAsync(sealer, _number, number => new(number == _number ? _manifest : null));

    public ValueTask<byte[]?[]> ChunksAsync(IReadOnlyList<string> names, CancellationToken cancellation) =>
        new([.. names.Select(name => _chunks.GetValueOrDefault(name))]);

    public ValueTask<ImmutableArray<KeyringEntry>> KeyringAsync(CancellationToken cancellation) => new([.. _keyring]);

    public async IAsyncEnumerable<KeyValuePair<string, byte[]>> RuntimeAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (KeyValuePair<string, byte[]> one in _runtime)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return one;
        }

        await Task.CompletedTask;
    }
}
