using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Ignite;

namespace Gatehouse.Engine.Gates.Probes;

/// <summary>
/// <c>gatehouse gate test</c> of a gate for Ignite clients: one handshake as the gate itself, and what the node says to it. It leaves
/// nothing behind at the node, and is bounded in time and bytes.
/// </summary>
internal static class IgniteProbe
{
    private const int MaxAnswer = 64 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Asks a node on a connection that the caller closes.</summary>
    public static async Task<GateCheck> RunAsync(GateModel model, UpstreamConnection connection, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using CancellationTokenRegistration stop = limit.Token.UnsafeRegister(static state => ((UpstreamConnection)state!).Abort(), connection);
        UpstreamIdentity? identity = model.Upstream.Identity;
        try
        {
            var hello = new ArrayBufferWriter<byte>();
            IgniteHandshake.Write(hello, IgniteHandshake.GeneralClient, IgniteFeatures.None, identity?.User, identity is null ? default : identity.Password.Span);
            await connection.SendAsync(hello.WrittenMemory);
            hello.Clear(); // wipes the password
            return await ReadAsync(connection) is { } answer
                ? Judge(identity?.User is not null, answer)
                : Check(false, "it does not answer a handshake as an Ignite 3 node does");
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            return Check(false, limit.IsCancellationRequested
                ? "no answer to a handshake within 5 s: no Ignite 3 node"
                : "it closes the connection instead of answering a handshake");
        }
    }

    private static GateCheck Judge(bool hasUser, IgniteHandshakeAnswer answer)
    {
        if (answer.Failure is { } failure)
        {
            string code = failure.Code?.ToString(CultureInfo.InvariantCulture) ?? "none";
            return failure.Code == IgniteCodes.InvalidCredentials
                ? Check(false, hasUser
                    ? $"refuses `upstream_user` (error {code})"
                    : $"refuses a client without a name (error {code}): set `upstream_user` and `upstream_password`")
                : Check(false, $"refuses the handshake (error {code})");
        }

        string node = $"node `{Shown(answer.NodeName)}` of cluster `{Shown(answer.ClusterName)}`, Ignite {Shown(answer.ProductVersion)}";
        return Check(true, hasUser ? node : node + "; it lets in clients without a name: whoever reaches its own port is not stopped by anybody");
    }

    private static async Task<IgniteHandshakeAnswer?> ReadAsync(UpstreamConnection connection)
    {
        while (true)
        {
            switch (IgniteFrame.TryRead(connection.Received, withMagic: true, MaxAnswer, out IgniteFrame frame, out _))
            {
                case IgniteFraming.Refused:
                    return null;
                case IgniteFraming.Complete:
                    return IgniteHandshakeAnswer.TryParse(connection.Received.Slice(frame.HeaderLength, frame.Length), out IgniteHandshakeAnswer? answer, out _) ? answer : null;
                default:
                    break;
            }

            if (await connection.ReceiveMoreAsync() == 0)
            {
                throw new IOException("closed");
            }
        }
    }

    // What a node says of itself goes to a terminal.
    private static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, 64)))
        {
            shown.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        return shown.ToString();
    }

    private static GateCheck Check(bool passed, string detail) => new() { Name = "node", Passed = passed, Detail = detail };
}
