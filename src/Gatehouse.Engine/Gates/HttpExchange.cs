using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// One request on Kestrel's features, without HttpContext. One object a connection (HTTP/1.1) or stream (HTTP/2), used
/// again for each request; the features are the server's own object and stay the same as long.
/// </summary>
internal sealed partial class HttpExchange : ClientExchange
{
    private readonly IHttpRequestFeature _request;
    private readonly IHttpResponseFeature _response;
    private readonly IHttpResponseBodyFeature _responseBody;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly IRequestBodyPipeFeature _requestBody;
    private readonly IHttpRequestBodyDetectionFeature _bodyDetection;
    private readonly IFeatureCollection _features;
    private readonly GateCounters _counters;
    private byte[]? _buffer;
    private RequestBody _body;

    public HttpExchange(IFeatureCollection features, GateCounters counters)
    {
        _features = features;
        _counters = counters;
        _request = features.GetRequiredFeature<IHttpRequestFeature>();
        _response = features.GetRequiredFeature<IHttpResponseFeature>();
        _responseBody = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        _requestBody = features.GetRequiredFeature<IRequestBodyPipeFeature>();
        _bodyDetection = features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>();
        Connection = features.GetRequiredFeature<IGateConnectionFeature>();
        Source = Connection.Connection.Source;
        if (!IsHttp2)
        {
            // The registry forgets the work with its connection; registering once spares each request the trouble.
            Connection.Connection.Add(this);
            features.Get<IConnectionLifetimeFeature>()?.ConnectionClosed.UnsafeRegister(
                static state => ((HttpExchange)state!).OnClientGone(), this);
        }
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
    public bool IsHttp2 => _request.Protocol == "HTTP/2";

    /// <summary>Whether the client speaks HTTP/1.0.</summary>
    public bool IsHttp10 => _request.Protocol == "HTTP/1.0";

    /// <summary>Whether a body follows.</summary>
    public bool HasBody => _bodyDetection.CanHaveBody;

    /// <summary>Whether an answer has begun.</summary>
    public bool HasStarted => _response.HasStarted;

    /// <summary>Headers as the server has them.</summary>
    public IHeaderDictionary RawHeaders => _request.Headers;

    /// <inheritdoc/>
    public override bool IsHead => Method == "HEAD";

    /// <inheritdoc/>
    public override bool IsIdempotent => RequestMethods.IsIdempotent(Method);

    /// <inheritdoc/>
    public override RequestBody Body => _body;

    /// <inheritdoc/>
    public override string? Upgrade => IsUpgradeAllowed ? Headers.Upgrade : null;

    /// <inheritdoc/>
    public override bool TakesRawChunks => _request.Protocol == "HTTP/1.1";

    /// <inheritdoc/>
    public override PipeWriter Output => _responseBody.Writer;

    /// <summary>Whether gate and endpoint let this request change protocol.</summary>
    public bool IsUpgradeAllowed { get; set; }

    /// <summary>Starts a request.</summary>
    public void Begin(HttpGateModel gate, ulong requestId, TimeProvider time)
    {
        Gate = gate;
        RequestId = requestId;
        Began = time.GetUtcNow();
        BeganTimestamp = time.GetTimestamp();
        Method = _request.Method;
        RawTarget = _request.RawTarget;
        IsUpgradeAllowed = false;
        _body = RequestBody.None;
        Control.Reset();
        BeginLife();
        _counters.Begin();
        if (IsHttp2)
        {
            Connection.Connection.Add(this);
            _gone = _lifetime.RequestAborted.UnsafeRegister(static state => ((HttpExchange)state!).OnClientGone(), this);
        }
    }

    /// <summary>Ends a request.</summary>
    public void End()
    {
        EndLife();
        if (IsHttp2)
        {
            _gone.Dispose();
            Connection.Connection.Remove(this);
        }

        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
            _buffer = null;
        }

        _counters.End();
    }

    /// <summary>The body goes on as it comes.</summary>
    public void StreamBody(long limit) =>
        _body = HasBody ? new RequestBody(_requestBody.Reader, default, Headers.ContentLength, limit) : EmptyBody();

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
        Target.WriteCanonical(into);
        into.Append(" HTTP/1.1\r\n"u8);
        Headers.WriteTo(into);
    }

    /// <inheritdoc/>
    public override void Abort() => _lifetime.Abort();

    private RequestBody EmptyBody() =>
        Headers.ContentLength is 0 ? new RequestBody(null, default, 0, 0) : RequestBody.None;

    private async ValueTask<int> ReadWholeAsync(long limit)
    {
        PipeReader reader = _requestBody.Reader;
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
