using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Membership.Rotations;

namespace Gatehouse.Engine.Rotation;

/// <summary>Acknowledgements in the store's runtime state.</summary>
internal static class RotationAcks
{
    // More than a cluster has nodes.
    private const int Most = 1000;

    // A step may wait long for a node that is away; what is left of ended rotations goes by itself.
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    /// <summary>Those of the step that a rotation is at. What cannot be read is left out: it is written again.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">The store does not answer.</exception>
    public static async ValueTask<ImmutableArray<RotationAck>> ReadAsync(IStateStore store, RotationDocument rotation, CancellationToken cancellation)
    {
        RuntimePage page = await store.ListRuntimeAsync(RotationAck.Prefix(rotation), null, Most, cancellation);
        return [.. page.Entries.Select(static entry => Parse(entry.Value)).OfType<RotationAck>()];
    }

    /// <summary>Gives this node's word.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">The store does not answer.</exception>
    public static ValueTask WriteAsync(IStateStore store, RotationDocument rotation, RotationAck ack, CancellationToken cancellation) => store.PutRuntimeAsync(
        RotationAck.KeyOf(rotation, ack.Node), JsonSerializer.SerializeToUtf8Bytes(ack, RotationAckJson.Default.RotationAck), ack.Time + Life, cancellation);

    private static RotationAck? Parse(byte[]? value)
    {
        try
        {
            return value is null ? null : JsonSerializer.Deserialize(value, RotationAckJson.Default.RotationAck);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Acknowledgements as JSON; a newer version may say more.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RotationAck))]
internal sealed partial class RotationAckJson : JsonSerializerContext;
