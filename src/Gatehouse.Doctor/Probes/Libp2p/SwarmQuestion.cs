using System.Net;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Doctor.Probes.Libp2p;

/// <summary>
/// Asks a swarm's port whether it is private, and with which key. Listens first: nodes in Go say enough unasked. It never goes past the
/// header that every connection begins with.
/// </summary>
internal static class SwarmQuestion
{
    /// <summary>Bytes that are read at most: nonce, header, and a first proposal.</summary>
    private const int Enough = 64;

    private static readonly TimeSpan Listens = TimeSpan.FromMilliseconds(600);

    /// <summary>Asks; with a key whether it is that one.</summary>
    public static async Task<SwarmVerdict> AskAsync(Prober prober, IPEndPoint target, SwarmKey? key, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await prober.ConnectAsync(target, cancellation);
        if (connection is null)
        {
            return SwarmVerdict.Closed;
        }

        byte[] said = (await connection.ExchangeAsync(default, bytes => IsEnough(bytes.Span, key), cancellation, Listens)).Bytes;
        if (SwarmVerdicts.OfUnasked(said, key) is { } verdict)
        {
            return verdict;
        }

        if (said.Length == 0 || key is null)
        {
            byte[] answer = (await connection.ExchangeAsync(PnetHeader.Proposal.ToArray(), static bytes => bytes.Length >= PnetHeader.HeaderSize, cancellation)).Bytes;
            return SwarmVerdicts.OfClear(answer);
        }

        byte[] rest = (await connection.ExchangeAsync(SwarmVerdicts.Greeting(key), bytes => said.Length + bytes.Length >= PnetHeader.ProofSize, cancellation)).Bytes;
        return SwarmVerdicts.OfEncrypted([.. said, .. rest], key);
    }

    // A nonce alone: with the key it is asked on, without it that is all there will be.
    private static bool IsEnough(ReadOnlySpan<byte> said, SwarmKey? key) =>
        said.Length >= Enough || (said.Length >= PnetHeader.HeaderSize && PnetHeader.IsClear(said)) || said.Length >= PnetHeader.ProofSize
        || (said.Length == PnetHeader.NonceSize && key is null);
}
