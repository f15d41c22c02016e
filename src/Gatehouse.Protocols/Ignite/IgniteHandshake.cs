using System.Buffers;
using System.Security.Cryptography;
using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite;

/// <summary>A client's handshake, copied out of the buffer.</summary>
public sealed class IgniteHandshake
{
    /// <summary>The code of all clients that are no node.</summary>
    public const int GeneralClient = 2;

    internal IgniteHandshake()
    {
    }

    /// <summary>What kind of client it says it is.</summary>
    public int ClientCode { get; internal init; }

    /// <summary>The known ones of its features.</summary>
    public IgniteFeatures Features { get; internal init; }

    /// <summary>How it authenticates, as sent; null for not at all.</summary>
    public string? AuthenticationType { get; internal set; }

    /// <summary>Whether it authenticates with user and password.</summary>
    public bool IsBasic => string.Equals(AuthenticationType, "basic", StringComparison.OrdinalIgnoreCase);

    /// <summary>The user, null without one.</summary>
    public string? Identity { get; internal set; }

    /// <summary>The password in UTF-8, null without one or after <see cref="WipeSecrets"/>.</summary>
    public byte[]? Secret { get; internal set; }

    /// <summary>
    /// Whether it names a compute executor. To a node that is an executor which the node itself started, and authenticates with
    /// nothing: from outside it must be refused.
    /// </summary>
    public bool NamesExecutor { get; internal set; }

    /// <summary>How many extensions with unknown keys were dropped; the node skips them.</summary>
    public int DroppedExtensions { get; internal set; }

    /// <summary>Reads a handshake: the payload of the first frame.</summary>
    /// <param name="payload">What follows the length, exactly.</param>
    /// <param name="handshake">The handshake.</param>
    /// <param name="error">Why it was refused.</param>
    public static bool TryParse(ReadOnlySpan<byte> payload, out IgniteHandshake? handshake, out IgniteError error) =>
        IgniteHandshakeParser.TryParse(payload, out handshake, out error);

    /// <summary>Writes the handshake for a node: magic and frame. Nothing of a client's goes in but what is given here.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="clientCode">The kind of client.</param>
    /// <param name="features">The features.</param>
    /// <param name="user">The user, null for an anonymous handshake.</param>
    /// <param name="password">The password in UTF-8.</param>
    public static void Write(
        IBufferWriter<byte> to, int clientCode, IgniteFeatures features, string? user, ReadOnlySpan<byte> password)
    {
        const int most = 128; // all numbers, heads, keys and features
        int measured = most + (user is null ? 0 : System.Text.Encoding.UTF8.GetByteCount(user) + password.Length);
        var frame = new IgniteFrameWriter(to, measured, withMagic: true);
        ref MessagePackWriter values = ref frame.Values;
        IgniteHandshakeParser.WriteVersion(ref values);
        values.Number(clientCode);
        values.Binary(IgniteFeatureMask.ToBytes(features));
        values.Number(user is null ? 0 : 3);
        if (user is not null)
        {
            values.Text("authn-type"u8);
            values.Text("basic"u8);
            values.Text("authn-identity"u8);
            values.Text(user);
            values.Text("authn-secret"u8);
            values.Text(password);
        }

        frame.End(to);
    }

    /// <summary>Overwrites the password.</summary>
    public void WipeSecrets()
    {
        CryptographicOperations.ZeroMemory(Secret);
        Secret = null;
    }
}
