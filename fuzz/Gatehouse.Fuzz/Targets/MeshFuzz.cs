using System.Net;
using Gatehouse.Protocols.Mesh;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>First messages and frames between nodes: read or refused, never thrown on; nothing proves itself that was not made with the key.</summary>
#pragma warning disable CA1001 // Lives as long as the process.
public sealed class MeshFuzz : IFuzzTarget
#pragma warning restore CA1001
{
    private const string Cluster = "00112233445566778899aabbccddeeff";

    private readonly MeshKeys _keys = new(new byte[32]);
    private readonly MeshProof _proof;

    /// <summary>With fixed keys.</summary>
    public MeshFuzz() => _proof = new MeshProof(_keys, new byte[32], new byte[32], new byte[32], new byte[32]);

    /// <inheritdoc/>
    public string Name => "mesh";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } = ["GHMESH01", "\0\0\0\0\0\0\0\0", "erlang", "\u0004\0\0\u0001", "\u0002\0\0", "\u0005\0\0\0", "\u0007\0\0\u0010", "1.0.0"];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        bool isHello = MeshHello.TryRead(input, out long sent, out ReadOnlySpan<byte> nonce);
        Require(isHello == (nonce.Length == MeshHello.NonceSize), "a message has a nonce");
        Require(!MeshHello.IsProvenBy(_keys, input, Cluster, "node") || isHello, "what is proven can be read");
        _ = MeshHello.Skew(isHello ? sent : 0, 0);
        ReadFrame(input);
        Require(!MeshGreeting.TryRead(input, _proof, out _, out string id, out string version) || (id.Length == MeshGreeting.IdSize && version.Length is > 0 and <= MeshGreeting.MaxVersion), "a greeting is bounded");
        if (MeshOpen.TryRead(input, 0, _proof, out string service, out int port, out bool isProven))
        {
            Require(MeshOpen.IsName(service) && port is >= 0 and < 65536, "a service is bounded");
            byte[] frame = new byte[MeshFrame.HeaderSize + MeshOpen.MaxSize];
            int length = MeshOpen.Write(frame, 0, service, port, _proof);
            Require(isProven == frame.AsSpan(MeshFrame.HeaderSize, length - MeshFrame.HeaderSize).SequenceEqual(input), "only what the key made is proven");
        }

        if (MeshSeen.TryRead(input, out IPEndPoint seen))
        {
            byte[] frame = new byte[MeshFrame.HeaderSize + MeshSeen.SizeV6];
            int length = MeshSeen.Write(frame, seen);
            Require(frame.AsSpan(MeshFrame.HeaderSize, length - MeshFrame.HeaderSize).SequenceEqual(input), "an address is written as it was read");
        }

        _ = MeshOpened.TryRead(input, 0, _proof, out _);
        _ = MeshPingFrame.TryRead(input, out _, out _);
    }

    private static void ReadFrame(ReadOnlySpan<byte> input)
    {
        if (!MeshFrame.TryReadHeader(input, out MeshFrameType type, out int length))
        {
            return;
        }

        int most = type switch
        {
            MeshFrameType.Data => MeshFrame.MaxData,
            MeshFrameType.Notice => MeshFrame.MaxNotice,
            _ => MeshFrame.MaxControl,
        };
        Require(length <= most, "a frame is bounded");
        byte[] header = new byte[MeshFrame.HeaderSize];
        MeshFrame.WriteHeader(header, type, length);
        Require(input.StartsWith(header), "a header is written as it was read");
    }
}
