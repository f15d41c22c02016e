using System.Buffers.Text;
using Gatehouse.Engine.Tokens;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>
/// Handles as clients get them: <c>gh1.</c> and base64url of the handle under the cluster's data key (AES-256-GCM, the kind in the
/// associated data). Every node of the cluster opens what another one sealed; nothing is kept for it but the ends that uses put off. Thread-safe.
/// </summary>
internal sealed class HandleSeal(Sealer sealer, HandleRenewals renewals)
{
    /// <summary>How a sealed handle begins.</summary>
    public const string Prefix = "gh1.";

    /// <summary>Longest text that is opened, in characters; a point in time over some thousand shards is as long.</summary>
    private const int MaxText = 1024 * 1024;

    /// <summary>Seals.</summary>
    public string Seal(Handle handle) =>
        Prefix + Base64Url.EncodeToString(sealer.Seal(Place(handle.Kind), 0, HandleContent.Write(handle)));

    /// <summary>Opens one for who shows it.</summary>
    /// <param name="text">What was shown.</param>
    /// <param name="kind">What it must be.</param>
    /// <param name="gate">The gate it came in by.</param>
    /// <param name="who">Who shows it.</param>
    /// <param name="now">The moment.</param>
    /// <param name="handle">The handle, where the result is <see cref="HandleFault.None"/>.</param>
    public HandleFault Open(string text, HandleKind kind, string gate, HandleOwner who, DateTimeOffset now, out Handle? handle)
    {
        handle = null;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length > MaxText)
        {
            return HandleFault.Unknown;
        }

        if (!CanonicalBase64Url.TryDecode(text.AsSpan(Prefix.Length), out byte[]? bytes)
            || sealer.TryOpen(Place(kind), 0, bytes) is not { } content)
        {
            return HandleFault.Altered;
        }

        Handle? opened = HandleContent.Read(content);
        opened = opened is null ? null : opened with { Expires = renewals.EndOf(opened) };
        HandleFault fault = HandleFaults.Of(opened, kind, gate, who, now);
        handle = fault == HandleFault.None ? opened : null;
        return fault;
    }

    private static string Place(HandleKind kind) => $"elasticsearch/handle/{(byte)kind}";
}
