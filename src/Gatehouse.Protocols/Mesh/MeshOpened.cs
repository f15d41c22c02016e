namespace Gatehouse.Protocols.Mesh;

/// <summary>What comes of a stream that was asked for. Frozen: append only.</summary>
public enum MeshStatus : byte
{
    /// <summary>It stands; bytes may follow.</summary>
    Open = 0,

    /// <summary>The caller is not trusted for the service.</summary>
    Untrusted = 1,

    /// <summary>The called node has no such service, or no port of that index.</summary>
    UnknownService = 2,

    /// <summary>The program does not listen.</summary>
    NoListener = 3,

    /// <summary>Somebody else than the program's user listens there.</summary>
    WrongOwner = 4,

    /// <summary>The called node has as many connections as it may have.</summary>
    Busy = 5,

    /// <summary>The called node stops.</summary>
    Draining = 6,

    /// <summary>The caller's proof is wrong.</summary>
    Unproven = 7,

    /// <summary>The called node cannot write its audit trail, or failed otherwise.</summary>
    Failed = 8,
}

/// <summary>The answer to <see cref="MeshOpen"/>: status 1, proof 32.</summary>
public static class MeshOpened
{
    /// <summary>Bytes of the content.</summary>
    public const int Size = 1 + MeshKeys.ProofSize;

    /// <summary>Writes header and content; how many bytes.</summary>
    public static int Write(Span<byte> frame, ulong number, MeshStatus status, MeshProof proof)
    {
        Span<byte> content = frame[MeshFrame.HeaderSize..];
        content[0] = (byte)status;
        proof.Opened(number, content[..1], content.Slice(1, MeshKeys.ProofSize));
        MeshFrame.WriteHeader(frame, MeshFrameType.Opened, Size);
        return MeshFrame.HeaderSize + Size;
    }

    /// <summary>Reads the content and checks its proof in constant time; false when anything is not as it must be.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, ulong number, MeshProof proof, out MeshStatus status)
    {
        status = MeshStatus.Failed;
        if (content.Length != Size || content[0] > (byte)MeshStatus.Failed)
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[MeshKeys.ProofSize];
        proof.Opened(number, content[..1], expected);
        if (!MeshProof.AreEqual(expected, content[1..]))
        {
            return false;
        }

        status = (MeshStatus)content[0];
        return true;
    }
}
