using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace Gatehouse.Doctor.Probes.Erlang;

/// <summary>What is asked of the two ports between Erlang nodes.</summary>
internal static class NodeQuestions
{
    /// <summary>Cookies of builds, images and charts of EMQX.</summary>
    public static readonly string[] PublishedCookies = ["emqxsecretcookie", "emqx50elixir", "secret"];

    /// <summary>Says our name, takes the node's, and goes away before anything is proven. Null where nobody answers.</summary>
    public static async Task<DistributionAnswer?> WhoAsync(Prober prober, IPEndPoint target, bool isTls, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await OpenAsync(prober, target, isTls, cancellation);
        return connection is null ? null : await GreetAsync(connection, isTls, cancellation);
    }

    /// <summary>
    /// Goes through one handshake with a cookie: true where the node takes it. The connection is closed at once and nothing is said on it; a node that
    /// refuses writes a line with our name into its log.
    /// </summary>
    public static async Task<bool?> TakesAsync(Prober prober, IPEndPoint target, bool isTls, string cookie, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await OpenAsync(prober, target, isTls, cancellation);
        if (connection is null || await GreetAsync(connection, isTls, cancellation) is not { IsChallenged: true } answer)
        {
            return null;
        }

        uint ours = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));
        ProbeAnswer ack = await connection.ExchangeAsync(
            DistributionHandshake.Reply(cookie, answer.Challenge, ours, isTls), bytes => DistributionHandshake.TryFrame(bytes.Span, isTls, out _, out _), cancellation);
        return DistributionHandshake.IsAccepted(ack.Bytes, cookie, ours, isTls) ? true : ack.IsClosed || ack.Bytes.Length > 0 ? false : null;
    }

    /// <summary>Asks gen_rpc for the hash of its cookie and our number. Null where nobody answers.</summary>
    public static async Task<(RpcAnswer Answer, byte[] Challenge)?> ChallengeAsync(Prober prober, IPEndPoint target, bool isTls, string? node, CancellationToken cancellation)
    {
        byte[] challenge = RandomNumberGenerator.GetBytes(RpcChallenge.Size);
        await using ProbeConnection? connection = await OpenAsync(prober, target, isTls, cancellation);
        if (connection is null)
        {
            return null;
        }

        ProbeAnswer answer = await connection.ExchangeAsync(RpcChallenge.Question(challenge, node), RpcChallenge.IsWhole, cancellation);
        return (RpcChallenge.Read(answer.Bytes), challenge);
    }

    private static async Task<DistributionAnswer> GreetAsync(ProbeConnection connection, bool isTls, CancellationToken cancellation)
    {
        // A name of its own each time: one that is connected already would be told so.
        string name = string.Create(CultureInfo.InvariantCulture, $"gatehouse_doctor_{RandomNumberGenerator.GetHexString(12, lowercase: true)}@127.0.0.1");
        ProbeAnswer answer = await connection.ExchangeAsync(DistributionHandshake.Name(name, isTls), bytes => DistributionHandshake.IsWhole(bytes, isTls), cancellation);
        return DistributionHandshake.Read(answer.Bytes, isTls);
    }

    private static async Task<ProbeConnection?> OpenAsync(Prober prober, IPEndPoint target, bool isTls, CancellationToken cancellation)
    {
        ProbeConnection? connection = await prober.ConnectAsync(target, cancellation);
        if (connection is not null && isTls && (await connection.SecureAsync(TlsAsk.Any, cancellation)).Verdict != TlsVerdict.Tls)
        {
            await connection.DisposeAsync();
            return null;
        }

        return connection;
    }
}
