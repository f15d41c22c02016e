using System.Net;
using System.Net.Security;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>
/// One TLS connection between two nodes, proven both ways. It carries one stream at a time, and after an orderly end the next:
/// streams do not wait for each other, and short ones need no handshake.
/// </summary>
internal sealed class Tunnel
{
    private readonly Action<string> _abort;
    private readonly byte[] _scratch = new byte[MeshFrame.HeaderSize + MeshFrame.MaxControl];
    private string? _cutReason;

    /// <summary>A tunnel whose greeting is done.</summary>
    /// <param name="tls">The clear text.</param>
    /// <param name="reader">Its frames.</param>
    /// <param name="peer">Who is there.</param>
    /// <param name="proof">Proofs of this connection.</param>
    /// <param name="secret">The secret that they are made with.</param>
    /// <param name="remote">The other end's address.</param>
    /// <param name="abort">Closes the transport at once; never throws.</param>
    public Tunnel(
        SslStream tls, FrameReader reader, PeerIdentity peer, MeshProof proof, SecretKeys secret, IPEndPoint remote, Action<string> abort)
    {
        Tls = tls;
        Reader = reader;
        Peer = peer;
        Proof = proof;
        Secret = secret;
        Remote = remote;
        _abort = abort;
    }

    /// <summary>Clear text.</summary>
    public SslStream Tls { get; }

    /// <summary>Frames of the other side.</summary>
    public FrameReader Reader { get; }

    /// <summary>Who is there.</summary>
    public PeerIdentity Peer { get; }

    /// <summary>Proofs of this connection.</summary>
    public MeshProof Proof { get; }

    /// <summary>The secret that they are made with.</summary>
    public SecretKeys Secret { get; }

    /// <summary>The other end's address.</summary>
    public IPEndPoint Remote { get; }

    /// <summary>Number of the next stream.</summary>
    public ulong Number { get; set; }

    /// <summary>The service that is carried now, or null.</summary>
    public string? Service { get; set; }

    /// <summary>Why it was cut here, or null.</summary>
    public string? CutReason => Volatile.Read(ref _cutReason);

    /// <summary>Room for one small frame of the flow that writes.</summary>
    public byte[] Scratch => _scratch;

    /// <summary>Sends bytes that are whole frames.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> frames)
    {
        await Tls.WriteAsync(frames);
        await Tls.FlushAsync();
    }

    /// <summary>Sends an empty frame.</summary>
    public ValueTask WriteAsync(MeshFrameType type)
    {
        MeshFrame.WriteHeader(_scratch, type, 0);
        return WriteAsync(_scratch.AsMemory(0, MeshFrame.HeaderSize));
    }

    /// <summary>Closes it at once. Any thread, never throws.</summary>
    public void Abort(string reason)
    {
        Interlocked.CompareExchange(ref _cutReason, reason, null);
        _abort(reason);
    }

    /// <summary>Why nothing new may begin on it, by a view; null: it may.</summary>
    public string? WhyNotAnew(MeshView view) =>
        WhyNot(view)
        ?? (!IsVouchedFor(view) ? MeshReasons.AuthorityRetired : null)
        ?? (!IsSecretAccepted(view) ? MeshReasons.SecretRetired : null);

    /// <summary>Why what runs on it may not go on, by a view; null: it may.</summary>
    public string? WhyNot(MeshView view)
    {
        if (view.RevokedKeys.Contains(Peer.KeyHash))
        {
            return MeshReasons.KeyRevoked;
        }

        if (view.Find(Peer.Name) is not { } peer)
        {
            return MeshReasons.UnknownNode;
        }

        if (!string.Equals(peer.KeyHash, Peer.KeyHash, StringComparison.Ordinal))
        {
            return MeshReasons.KeyNotPinned;
        }

        if (Service is { } service && !view.IsTrusted(service, Peer.Name))
        {
            return MeshReasons.Untrusted;
        }

        return !view.CutsRetired ? null
            : !IsVouchedFor(view) ? MeshReasons.AuthorityRetired
            : !IsSecretAccepted(view) ? MeshReasons.SecretRetired
            : null;
    }

    private bool IsVouchedFor(MeshView view)
    {
        foreach (MeshAuthority authority in view.Authorities)
        {
            if (string.Equals(authority.NodesHash, Peer.Authority, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsSecretAccepted(MeshView view)
    {
        foreach (ReadOnlyMemory<byte> secret in view.Secrets)
        {
            if (Secret.IsOf(secret))
            {
                return true;
            }
        }

        return false;
    }
}
