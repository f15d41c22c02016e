using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gatehouse.Engine.Connections;
using Gatehouse.Policy;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Engine.Forwarding;

/// <summary>What a member of a private network behind a gate said first.</summary>
/// <param name="Connection">To it; null where there is none.</param>
/// <param name="Nonce">Its 24 random bytes.</param>
/// <param name="Result">Why there is none.</param>
internal readonly record struct SwarmGreeting(UpstreamConnection? Connection, byte[] Nonce, ForwardResult Result);

/// <summary>
/// Step 7 of private libp2p networks. A member speaks first, 24 random bytes that say nothing: these are fetched before the
/// caller has proven anything, because some callers wait for them. No byte of a caller goes to the upstream without a permit.
/// </summary>
internal sealed class SwarmForwarder(UpstreamPool pool)
{
    /// <summary>Dials, checks the owner and waits for the upstream's nonce. Sends nothing. Never throws for what the upstream does.</summary>
    public async ValueTask<SwarmGreeting> GreetAsync(ForwardControl control)
    {
        DialResult dialled = await pool.OpenAsync(control);
        if (dialled.Connection is not { } connection)
        {
            control.Detail = dialled.Detail;
            return new SwarmGreeting(null, [], dialled.Failure switch
            {
                _ when control.IsCancelled => control.Reason,
                DialFailure.WrongOwner => ForwardResult.UpstreamRefusedOwner,
                DialFailure.TimedOut => ForwardResult.UpstreamTimeout,
                _ => ForwardResult.UpstreamUnreachable,
            });
        }

        SocketKeepAlive.Set(connection.Socket);
        return await ReceiveNonceAsync(connection, control);
    }

    /// <summary>Bytes pass as they are, until both directions ended. Never throws for what client or upstream do.</summary>
    /// <exception cref="InvalidOperationException">The permit is not one.</exception>
    public ValueTask<ForwardOutcome> ForwardAsync(Permit permit, SwarmGreeting greeting, IDuplexPipe client, ForwardControl control)
    {
        permit.EnsureValid();
        return greeting.Connection is { } connection
            ? SpliceAsync(connection, client, control, null)
            : ValueTask.FromResult(control.Outcome(greeting.Result));
    }

    /// <summary>
    /// Bytes are encrypted anew: <paramref name="fromClient"/> and <paramref name="toClient"/> are the client's two directions,
    /// the upstream's are made here with <paramref name="key"/>. <paramref name="patience"/> is how long the upstream may be silent.
    /// </summary>
    /// <exception cref="InvalidOperationException">The permit is not one.</exception>
    public async ValueTask<ForwardOutcome> ForwardAsync(
        Permit permit, SwarmKey key, (XSalsa20 FromClient, XSalsa20 ToClient) ciphers, IDuplexPipe client, ForwardControl control, TimeSpan patience)
    {
        permit.EnsureValid();
        byte[] nonce = RandomNumberGenerator.GetBytes(PnetHeader.NonceSize);
        SwarmGreeting greeting;
        using (var limit = new CancellationTokenSource(patience, pool.Time))
        await using (limit.Token.UnsafeRegister(static state => ((ForwardControl)state!).Cancel(ForwardResult.UpstreamTimeout), control))
        {
            greeting = await GreetAsync(control);
        }

        if (greeting.Connection is not { } connection)
        {
            ciphers.FromClient.Dispose();
            ciphers.ToClient.Dispose();
            return control.Outcome(greeting.Result);
        }

        using var all = new SpliceCiphers(ciphers.FromClient, key.Cipher(nonce), key.Cipher(greeting.Nonce), ciphers.ToClient);
        return await SpliceAsync(connection, client, control, all, nonce);
    }

    /// <summary>Gives up what was greeted and is not forwarded.</summary>
    public void Release(SwarmGreeting greeting, ForwardControl control)
    {
        control.Detach();
        if (greeting.Connection is { } connection)
        {
            pool.Close(connection);
        }
    }

    private async ValueTask<SwarmGreeting> ReceiveNonceAsync(UpstreamConnection connection, ForwardControl control)
    {
        ForwardResult result = ForwardResult.UpstreamCut;
        try
        {
            while (connection.Received.Length < PnetHeader.NonceSize && !IsClear(connection) && await connection.ReceiveMoreAsync() > 0)
            {
                // Any number of pieces.
            }

            // Without a private network the upstream begins in clear: its header must not reach anybody as a nonce.
            if (IsClear(connection))
            {
                control.Detail = "the upstream speaks libp2p without a private network: it has no swarm key";
                result = ForwardResult.UpstreamMalformed;
            }
            else if (connection.Received.Length >= PnetHeader.NonceSize)
            {
                byte[] nonce = connection.Received[..PnetHeader.NonceSize].ToArray();
                connection.Consume(PnetHeader.NonceSize);
                return new SwarmGreeting(connection, nonce, ForwardResult.Ok);
            }
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            control.Detail = fault.Message;
        }

        result = control.IsCancelled ? control.Reason : result;
        control.Detail = result == ForwardResult.UpstreamTimeout ? "the upstream sent no nonce: it has no swarm key, or is no libp2p" : control.Detail;
        control.Detach();
        pool.Close(connection);
        return new SwarmGreeting(null, [], result);
    }

    private static bool IsClear(UpstreamConnection connection) =>
        connection.Received.Length >= PnetHeader.HeaderSize && PnetHeader.IsClear(connection.Received);

    private async ValueTask<ForwardOutcome> SpliceAsync(
        UpstreamConnection connection, IDuplexPipe client, ForwardControl control, SpliceCiphers? ciphers, byte[]? first = null)
    {
        control.Phase = ForwardPhase.ResponseBody;
        ForwardResult result = ForwardResult.Ok;
        try
        {
            if (first is not null)
            {
                await connection.SendAsync(first);
            }

            await Splice.RunAsync(client.Input, client.Output, connection, control, halfClose: true, ciphers);
            control.Phase = ForwardPhase.Done;
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException
            or OperationCanceledException or InvalidOperationException)
        {
            control.Detail = fault.Message;
            result = control.IsCancelled ? control.Reason : (fault as ForwardFault)?.Result ?? ForwardResult.UpstreamCut;
        }
        finally
        {
            control.Detach();
            pool.Close(connection);
        }

        return control.Outcome(result);
    }
}
