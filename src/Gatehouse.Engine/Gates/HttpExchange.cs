using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates.Headers;
using Gatehouse.Engine.Realms;
using Gatehouse.Operations;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// One request as steps 4 to 8 see it, whatever server it came in by. One object a connection (HTTP/1) or stream (HTTP/2),
/// used again for each request.
/// </summary>
internal abstract partial class HttpExchange : ClientExchange
{
    private readonly GateCounters _counters;
    private byte[]? _buffer;
    private RequestBody _body;

    protected HttpExchange(IGateConnectionFeature connection, GateCounters counters)
    {
        _counters = counters;
        Connection = connection;
        Source = connection.Connection.Source;
    }

    /// <summary>What the connection's steps 1 to 3 found.</summary>
    public IGateConnectionFeature Connection { get; }

    /// <summary>The client's address.</summary>
    public IPEndPoint Source { get; }

    /// <summary>Headers of the request after the strict pass.</summary>
    public RequestHeaders Headers { get; } = new();

    /// <summary>Method.</summary>
    public string Method { get; private set; } = "";

    /// <summary>The target as it came.</summary>
    public string RawTarget { get; private set; } = "";

    /// <summary>What step 4 is asked.</summary>
    public AuthenticationRequest LoginRequest =>
        new(Headers.Authorization, Source.Address, Gate.Model.Configuration.Realms, Connection.ClientCertificate) { Gate = GateName };

    /// <summary>What the gate runs this request on.</summary>
    public HttpGateModel Gate { get; private set; } = null!; // set by Begin before anything reads it

    /// <summary>The gate's name.</summary>
    public string GateName => Gate.Model.Name;

    /// <summary>Number on this node.</summary>
    public ulong RequestId { get; private set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset Began { get; private set; }

    /// <summary>The same as a timestamp.</summary>
    public long BeganTimestamp { get; private set; }

    /// <summary>Whether the client speaks HTTP/2.</summary>
    public abstract bool IsHttp2 { get; }

    /// <summary>Whether a body follows.</summary>
    public abstract bool HasBody { get; }

    /// <summary>Whether an answer has begun.</summary>
    public abstract bool HasStarted { get; }

    /// <summary>Status of what was sent, or is being sent.</summary>
    public abstract int Status { get; protected set; }

    /// <inheritdoc/>
    public override bool IsHead => Method == "HEAD";

    /// <inheritdoc/>
    public override bool IsIdempotent => RequestMethods.IsIdempotent(Method);

    /// <inheritdoc/>
    public override RequestBody Body => _body;

    /// <inheritdoc/>
    public override string? Upgrade => IsUpgradeAllowed ? Headers.Upgrade : null;

    /// <summary>How it goes on, where the gate's system has steps of its own; null before step 5 and elsewhere.</summary>
    public RequestCourse? Course { get; set; }

    /// <summary>What is recorded instead of the outcome, where the system refused while it answered.</summary>
    public CourseVerdict? Verdict { get; set; }

    /// <summary>Parts of the request that were refused while the rest was allowed; a record of their own.</summary>
    public OperationSet? PartlyRefused { get; set; }

    /// <inheritdoc/>
    public override ResponseFilter? Filter => Course?.Filter;

    /// <summary>Whether gate and endpoint let this request change protocol.</summary>
    public bool IsUpgradeAllowed { get; set; }

    /// <summary>The body's bytes as they come.</summary>
    protected abstract PipeReader BodyReader { get; }

    /// <summary>Reads the headers strictly; null when they are fine, else the frozen word of what is wrong.</summary>
    public abstract string? ReadHeaders();

    /// <summary>Sets a header of the answer, in place of an earlier one of this name that the gate set.</summary>
    public abstract void SetHeader(string name, string value);

    /// <summary>Says that the answer depends on the origin.</summary>
    public abstract void AddVary();

    /// <summary>The connection ends after this answer; a stream of HTTP/2 ends anyhow.</summary>
    public abstract void CloseAfter();

    /// <summary>Ends a request.</summary>
    public virtual void End()
    {
        EndLife();
        Course?.End();
        Course = null;
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
            _buffer = null;
        }

        _counters.End();
    }

    /// <summary>Another body takes the place of the client's.</summary>
    public void UseBody(in RequestBody body) => _body = body;

    /// <summary>The body goes on as it comes.</summary>
    public void StreamBody(long limit) =>
        _body = HasBody ? new RequestBody(BodyReader, default, Headers.ContentLength, limit) : EmptyBody();

    /// <summary>
    /// Reads the whole body into memory of the exchange; 0 when it is there, else the status of the refusal (413 too large,
    /// 400 malformed, 408 too slow) or -1 when the client went.
    /// </summary>
    public async ValueTask<int> BufferBodyAsync(long limit)
    {
        if (!HasBody)
        {
            _body = EmptyBody();
            return 0;
        }

        if (Headers.ContentLength > limit)
        {
            return StatusCodes.Status413PayloadTooLarge;
        }

        try
        {
            return await ReadWholeAsync(limit);
        }
        catch (BadHttpRequestException fault)
        {
            return fault.StatusCode;
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            return -1;
        }
    }

    /// <inheritdoc/>
    public override void WriteHead(HeadBuffer into)
    {
        into.AppendAscii(Method);
        into.Append(" "u8);
        (Course?.Target ?? Target).WriteCanonical(into);
        into.Append(" HTTP/1.1\r\n"u8);
        if (Course is { IsFromKibana: true })
        {
            into.Append("X-Elastic-Product-Origin: kibana\r\n"u8);
        }

        // Kibana 9 takes calls of its own pages by this header only. It claims nobody's identity there; Elasticsearch never sees it.
        if (Headers.HasInternalOrigin && Gate.Model.System == "http")
        {
            into.Append("x-elastic-internal-origin: Kibana\r\n"u8);
        }

        if (Course is { ContentType: { } type })
        {
            into.Append("Content-Type: "u8);
            into.AppendAscii(type);
            into.Append("\r\n"u8);
            Headers.WriteTo(into, withContentEncoding: true, withAcceptEncoding: Course.Filter is null, withPage: !Course.HidesPage, withContentType: false);
            return;
        }

        if (Course is { } course && (course.IsUnpacked || course.Filter is not null || course.HidesPage))
        {
            Headers.WriteTo(into, withContentEncoding: !course.IsUnpacked, withAcceptEncoding: course.Filter is null, withPage: !course.HidesPage);
            return;
        }

        Headers.WriteTo(into);
    }

    /// <summary>Puts an answer of the gate's own into the output; it is sent with the end of the request.</summary>
    public void Answer(int status, ReadOnlySpan<byte> json, string type = "application/json")
    {
        Status = status;
        SetHeader("Cache-Control", "no-store");
        if (Connection.IsSecured)
        {
            SetHeader("Strict-Transport-Security", "max-age=31536000");
        }

        Gate.CrossSite.Mark(this);
        if (status != StatusCodes.Status204NoContent)
        {
            SetHeader("Content-Type", type);
        }

        WriteAnswer(json);
    }

    /// <summary>Writes the answer's head and body into the output: status and headers are set.</summary>
    protected abstract void WriteAnswer(ReadOnlySpan<byte> json);

    /// <summary>Starts a request.</summary>
    protected void Begin(HttpGateModel gate, ulong requestId, TimeProvider time, string method, string rawTarget)
    {
        Gate = gate;
        RequestId = requestId;
        Began = time.GetUtcNow();
        BeganTimestamp = time.GetTimestamp();
        Method = method;
        RawTarget = rawTarget;
        IsUpgradeAllowed = false;
        Course = null;
        Verdict = null;
        PartlyRefused = null;
        _body = RequestBody.None;
        Control.Reset();
        BeginLife();
        _counters.Begin();
    }

    private RequestBody EmptyBody() =>
        Headers.ContentLength is 0 ? new RequestBody(null, default, 0, 0) : RequestBody.None;

    private async ValueTask<int> ReadWholeAsync(long limit)
    {
        PipeReader reader = BodyReader;
        int length = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(Headers.ContentLength ?? 4096, limit));
        _buffer = buffer;
        while (true)
        {
            ReadResult read = await reader.ReadAsync();
            if (length + read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return StatusCodes.Status413PayloadTooLarge;
            }

            int after = length + (int)read.Buffer.Length;
            if (after > buffer.Length)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(after, (long)buffer.Length * 2), limit));
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                _buffer = buffer = larger;
            }

            read.Buffer.CopyTo(buffer.AsSpan(length));
            length = after;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                _body = new RequestBody(null, buffer.AsMemory(0, length), length, limit);
                return 0;
            }
        }
    }
}
