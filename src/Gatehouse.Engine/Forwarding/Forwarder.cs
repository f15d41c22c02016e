using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gatehouse.Policy;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// Step 7. One forward goes so: 7.1 take a quiet idle connection or open one (owner of the port checked); 7.2 send head and
/// body, the body on its own flow; 7.3 read the response head, dropping interim ones; 7.4 pass the body on, or both ways
/// after an agreed upgrade; 7.5 keep the connection when everything ended as framed, else close it. A reused connection
/// that turns out closed before any byte of the response is replaced once where a repetition is harmless.
/// </summary>
internal sealed class Forwarder(UpstreamPool pool)
{
    /// <summary>A response head larger than this is malformed.</summary>
    public const int MaxHead = 64 * 1024;

    private const int MaxInterim = 16;
    private const int InlineBody = 16 * 1024;

    /// <summary>Forwards an exchange. Never throws for what client or upstream do.</summary>
    /// <exception cref="InvalidOperationException">The permit is not one.</exception>
    public ValueTask<ForwardOutcome> ForwardAsync(Permit permit, ClientExchange exchange)
    {
        permit.EnsureValid();

        // 7.1
        return pool.TryTakeIdle() is { } idle ? RunAsync(idle, exchange) : OpenAndRunAsync(exchange);
    }

    /// <summary>
    /// Asks for the gate itself: the same connections, owner check, TLS and credential as clients' requests, and nothing of a client's.
    /// Never throws for what the upstream does.
    /// </summary>
    /// <param name="question">What.</param>
    /// <param name="limit">Most bytes of the answer.</param>
    /// <param name="deadline">When it must be there, in full.</param>
    public async ValueTask<UpstreamReply> AskAsync(UpstreamQuestion question, int limit, TimeSpan deadline)
    {
        QuestionExchange exchange = new("GET", question.Target, limit);
        ForwardControl control = exchange.Control;
        await using ITimer timer = pool.Time.CreateTimer(
            static state => ((ForwardControl)state!).Cancel(ForwardResult.UpstreamTimeout), control, deadline, Timeout.InfiniteTimeSpan);
        ForwardOutcome outcome = await (pool.TryTakeIdle() is { } idle ? RunAsync(idle, exchange) : OpenAndRunAsync(exchange));
        return new UpstreamReply(outcome, exchange.Status, outcome.Result == ForwardResult.Ok ? exchange.Received : default, control.Detail);
    }

    private async ValueTask<ForwardOutcome> OpenAndRunAsync(ClientExchange exchange)
    {
        ForwardControl control = exchange.Control;
        DialResult dialled = await pool.OpenAsync(control);
        if (dialled.Connection is null)
        {
            control.Detail = dialled.Detail;
            return control.Outcome(Judge(dialled.Failure, control));
        }

        return await RunAsync(dialled.Connection, exchange);
    }

    private static ForwardResult Judge(DialFailure failure, ForwardControl control) => failure switch
    {
        _ when control.IsCancelled => control.Reason,
        DialFailure.WrongOwner => ForwardResult.UpstreamRefusedOwner,
        DialFailure.TimedOut => ForwardResult.UpstreamTimeout,
        _ => ForwardResult.UpstreamUnreachable,
    };

    /// <summary>A kept connection that the upstream had closed: nothing of a response came, nothing of a body left us.</summary>
    private static bool IsStale(ForwardOutcome outcome, ClientExchange exchange) =>
        outcome.Result == ForwardResult.UpstreamCut
        && !exchange.Control.HasReceived
        && exchange.IsIdempotent
        && exchange.Body.Reader is null
        && exchange.Upgrade is null;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ForwardOutcome> RunAsync(UpstreamConnection connection, ClientExchange exchange)
    {
        ForwardControl control = exchange.Control;
        RequestUpload? upload = null;
        ForwardResult result = ForwardResult.Ok;
        bool keep = false;
        if (!control.TryAttach(connection))
        {
            pool.Close(connection);
            return control.Outcome(control.Reason);
        }

        try
        {
            // 7.2
            control.Phase = ForwardPhase.Request;
            bool bodyFollows = WriteRequest(connection, exchange);
            connection.SetDeadline(pool.NextDeadline());
            await connection.SendAsync(connection.Head.Written);
            upload = bodyFollows ? RequestUpload.Start(pool, connection, control, exchange.Body) : null;

            // 7.3
            control.Phase = ForwardPhase.ResponseHead;
            int interim = 0;
            while (!TryTakeHead(connection, exchange, ref interim))
            {
                if (await connection.ReceiveMoreAsync() == 0)
                {
                    throw new ForwardFault(ForwardResult.UpstreamCut, "the upstream closed before its response");
                }

                control.HasReceived = true;
            }

            control.HasResponse = true;
            if (!connection.SetDeadline(0))
            {
                throw new ForwardFault(ForwardResult.UpstreamTimeout, "no response in time");
            }

            KeepChallenges(connection.Response);
            keep = await PassOnAsync(connection, exchange) && upload is null or { IsComplete: true };
            control.Phase = ForwardPhase.Done;
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException
            or OperationCanceledException or InvalidOperationException)
        {
            result = Judge(fault, connection, upload, control);
        }
        catch
        {
            // A bug of ours, which the caller reports: the upload and the connection's place in the pool end here all the same.
            await EndAsync(connection, exchange, upload, ForwardResult.GateFault, keep: false);
            throw;
        }

        bool isReused = connection.IsReused;
        ForwardOutcome outcome = await EndAsync(connection, exchange, upload, result, keep);
        return isReused && IsStale(outcome, exchange) ? await OpenAndRunAsync(exchange) : outcome;
    }

    /// <summary>What the upstream asks of the gate is never asked of the client.</summary>
    private void KeepChallenges(ResponseHead head)
    {
        if (pool.Options.Identity is null)
        {
            return;
        }

        if (head.StatusCode == 401)
        {
            // It is the gate that is not known there; passed on, the client would take its own password for wrong.
            throw new ForwardFault(ForwardResult.UpstreamRefusedCredential, "401: the upstream refuses the gate's credential");
        }

        head.Headers.StripChallenges();
    }

    /// <summary>7.4; whether the connection ended as framed.</summary>
    private static async ValueTask<bool> PassOnAsync(UpstreamConnection connection, ClientExchange exchange)
    {
        ResponseHead head = connection.Response;
        bool isFiltered = head.StatusCode != 101 && head.Framing != BodyFraming.None && exchange.Filter?.Begins(head) == true;
        exchange.Control.Phase = ForwardPhase.ResponseBody;
        exchange.Control.Status = head.StatusCode;
        if (head.StatusCode == 101)
        {
            await SpliceAsync(connection, exchange, head);
            return false;
        }

        if (isFiltered)
        {
            await FilteredDownload.RunAsync(connection, exchange, exchange.Filter!); // it said so
            return head.KeepAlive && head.Framing != BodyFraming.UntilClose;
        }

        await exchange.StartResponseAsync(head, head.Framing);
        await ResponseDownload.RunAsync(connection, exchange, head.Framing);
        return head.KeepAlive && head.Framing != BodyFraming.UntilClose;
    }

    /// <summary>7.5</summary>
    private async ValueTask<ForwardOutcome> EndAsync(
        UpstreamConnection connection, ClientExchange exchange, RequestUpload? upload, ForwardResult result, bool keep)
    {
        ForwardControl control = exchange.Control;
        if (upload is not null)
        {
            await upload.StopAsync();
        }

        // A cut may have come in the last moment, on a connection that had just done its work.
        keep &= control.Detach();
        if (result == ForwardResult.Ok && keep)
        {
            pool.Return(connection);
        }
        else
        {
            pool.Close(connection);
        }

        if (result != ForwardResult.Ok && control.Phase == ForwardPhase.ResponseBody)
        {
            exchange.Abort();
        }

        return control.Outcome(result);
    }

    private static ForwardResult Judge(Exception fault, UpstreamConnection connection, RequestUpload? upload, ForwardControl control)
    {
        control.Detail = fault.Message;
        if (control.IsCancelled)
        {
            return control.Reason;
        }

        if (connection.IsTimedOut)
        {
            return upload?.WaitsForClient == true ? ForwardResult.ClientCutShort : ForwardResult.UpstreamTimeout;
        }

        return fault is ForwardFault known ? known.Result : ForwardResult.UpstreamCut;
    }

    /// <summary>Writes head and, where it is small and there, body; true when a body must be sent besides.</summary>
    private bool WriteRequest(UpstreamConnection connection, ClientExchange exchange)
    {
        HeadBuffer head = connection.Head;
        RequestBody body = exchange.Body;
        head.Clear();
        exchange.WriteHead(head);
        head.Append("Host: "u8);
        head.Append(pool.Options.Authority);
        head.Append("\r\n"u8);
        if (pool.Options.Identity is { } identity)
        {
            // The client's own Authorization is not among its headers: HeaderRules leaves it out.
            head.Append(identity.Authorization.Span);
        }

        if (exchange.Upgrade is { } protocol)
        {
            head.Append("Connection: Upgrade\r\nUpgrade: "u8);
            head.AppendAscii(protocol);
            head.Append("\r\n"u8);
        }

        if (body.Length is { } length)
        {
            head.Append("Content-Length: "u8);
            head.AppendNumber(length);
            head.Append("\r\n"u8);
        }
        else if (body.Reader is not null)
        {
            head.Append("Transfer-Encoding: chunked\r\n"u8);
        }

        head.Append("\r\n"u8);
        if (body.Reader is null && body.Buffered.Length <= InlineBody)
        {
            head.Append(body.Buffered.Span);
            exchange.Control.RequestBytes = body.Buffered.Length;
            return false;
        }

        return body.IsPresent;
    }

    /// <summary>Takes the final response head out of what was received, interim ones before it dropped; false: more must come.</summary>
    private static bool TryTakeHead(UpstreamConnection connection, ClientExchange exchange, ref int interim)
    {
        ResponseHead head = connection.Response;
        while (true)
        {
            ParseStatus status = ParseStatus.NeedMore;
            int consumed = 0;
            if (connection.Start != connection.End)
            {
                status = ResponseHeadParser.TryParse(connection.Received, head, MaxHead, exchange.IsHead, out consumed);
            }

            if (status == ParseStatus.Bad || (status == ParseStatus.NeedMore && connection.IsFull(MaxHead)))
            {
                throw new ForwardFault(ForwardResult.UpstreamMalformed, "malformed response head");
            }

            if (status == ParseStatus.NeedMore)
            {
                return false;
            }

            connection.Consume(consumed);
            if (head.StatusCode >= 200 || (head.StatusCode == 101 && exchange.Upgrade is not null))
            {
                return true;
            }

            // Interim responses are between upstream and us; a 101 that nobody asked for is an attack or a bug.
            if (head.StatusCode == 101 || ++interim > MaxInterim)
            {
                throw new ForwardFault(ForwardResult.UpstreamMalformed, "an interim response out of place");
            }
        }
    }

    private static async ValueTask SpliceAsync(UpstreamConnection connection, ClientExchange exchange, ResponseHead head)
    {
        if (!UpgradeAgrees(head, exchange.Upgrade))
        {
            exchange.Control.Phase = ForwardPhase.ResponseHead;
            throw new ForwardFault(ForwardResult.UpstreamMalformed, "the upstream changes to another protocol than asked for");
        }

        await using Stream client = await exchange.UpgradeAsync(head);
        await Splice.RunAsync(
            PipeReader.Create(client), PipeWriter.Create(client), connection, exchange.Control, halfClose: false);
    }

    private static bool UpgradeAgrees(ResponseHead head, string? wanted)
    {
        HeaderBlock headers = head.Headers;
        for (int index = 0; index < headers.Count; index++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(headers.Name(index), "upgrade"))
            {
                return System.Text.Ascii.EqualsIgnoreCase(headers.Value(index), wanted);
            }
        }

        return false;
    }
}
