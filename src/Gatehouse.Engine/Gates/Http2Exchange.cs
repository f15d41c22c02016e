using System.IO.Pipelines;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates.Headers;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// A request over HTTP/2, on the features of Kestrel's server, without HttpContext. One object a stream, used again; the
/// features are the server's own object and stay the same as long.
/// </summary>
internal sealed class Http2Exchange : HttpExchange
{
    private readonly IFeatureCollection _features;
    private readonly IHttpRequestFeature _request;
    private readonly IHttpResponseFeature _response;
    private readonly IHttpResponseBodyFeature _responseBody;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly IRequestBodyPipeFeature _requestBody;
    private readonly IHttpRequestBodyDetectionFeature _bodyDetection;
    private CancellationTokenRegistration _gone;

    public Http2Exchange(IFeatureCollection features, GateCounters counters)
        : base(features.GetRequiredFeature<IGateConnectionFeature>(), counters)
    {
        _features = features;
        _request = features.GetRequiredFeature<IHttpRequestFeature>();
        _response = features.GetRequiredFeature<IHttpResponseFeature>();
        _responseBody = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        _requestBody = features.GetRequiredFeature<IRequestBodyPipeFeature>();
        _bodyDetection = features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>();
    }

    /// <inheritdoc/>
    public override bool IsHttp2 => true;

    /// <inheritdoc/>
    public override bool HasBody => _bodyDetection.CanHaveBody;

    /// <inheritdoc/>
    public override bool HasStarted => _response.HasStarted;

    /// <inheritdoc/>
    public override int Status
    {
        get => _response.StatusCode;
        protected set => _response.StatusCode = value;
    }

    /// <inheritdoc/>
    public override bool TakesRawChunks => false;

    /// <inheritdoc/>
    public override PipeWriter Output => _responseBody.Writer;

    /// <inheritdoc/>
    protected override PipeReader BodyReader => _requestBody.Reader;

    /// <summary>Starts a request.</summary>
    public void Begin(HttpGateModel gate, ulong requestId, TimeProvider time)
    {
        Begin(gate, requestId, time, _request.Method, _request.RawTarget);
        Connection.Connection.Add(this);
        _gone = _lifetime.RequestAborted.UnsafeRegister(static state => ((Http2Exchange)state!).OnClientGone(), this);
    }

    /// <inheritdoc/>
    public override void End()
    {
        _gone.Dispose();
        Connection.Connection.Remove(this);
        base.End();
    }

    /// <inheritdoc/>
    public override string? ReadHeaders() => Headers.Read(_request.Headers);

    /// <inheritdoc/>
    public override void SetHeader(string name, string value) => _response.Headers[name] = value;

    /// <inheritdoc/>
    public override void AddVary() => _response.Headers.Vary = VaryHeader.WithOrigin(_response.Headers.Vary.ToArray());

    /// <inheritdoc/>
    public override void CloseAfter()
    {
        // The connection has other streams.
    }

    /// <inheritdoc/>
    public override ValueTask StartResponseAsync(ResponseHead head, BodyFraming framing)
    {
        _response.StatusCode = head.StatusCode;
        IHeaderDictionary headers = _response.Headers;
        CopyHeaders(head.Headers, headers);
        Gate.CrossSite.Mark(this);
        if (framing == BodyFraming.None)
        {
            // The length that GET would have had (RFC 9110 section 8.6); 1xx and 204 have none.
            if (IsHead && head.ContentLength >= 0)
            {
                headers.ContentLength = head.ContentLength;
            }

            return ValueTask.CompletedTask;
        }

        if (framing == BodyFraming.Length)
        {
            headers.ContentLength = head.ContentLength;
        }

        // Writes the head into the output without flushing; body bytes then go straight behind it.
        return new ValueTask(_responseBody.StartAsync());
    }

    /// <inheritdoc/>
    public override void AddTrailers(HeaderBlock trailers)
    {
        if (_features.Get<IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } into)
        {
            CopyHeaders(trailers, into);
        }
    }

    /// <summary>Never asked for: a gate with upgrades does not offer HTTP/2.</summary>
    public override ValueTask<Stream> UpgradeAsync(ResponseHead head) =>
        throw new InvalidOperationException("HTTP/2 knows no upgrade (RFC 9113 section 8.6)");

    /// <inheritdoc/>
    public override void Abort() => _lifetime.Abort();

    /// <inheritdoc/>
    protected override void WriteAnswer(ReadOnlySpan<byte> json)
    {
        if (Status == StatusCodes.Status204NoContent)
        {
            return;
        }

        _response.Headers.ContentLength = json.Length;
        if (!IsHead)
        {
            // Asked for in one piece: before the head is written the server hands out memory of exactly what is asked for.
            json.CopyTo(_responseBody.Writer.GetSpan(json.Length));
            _responseBody.Writer.Advance(json.Length);
        }
    }

    private void CopyHeaders(HeaderBlock from, IHeaderDictionary into)
    {
        for (int index = 0; index < from.Count; index++)
        {
            if (from.IsStripped(index))
            {
                continue;
            }

            string name = TextCache.Get(from.Name(index));
            if (name.Equals("Server", StringComparison.OrdinalIgnoreCase))
            {
                // What runs behind the gate, and in which version, is nobody's business.
                continue;
            }

            string value = Locations.IsOne(from.Name(index)) && Locations.TryRewrite(from.Value(index), Gate.Model.Upstream.Address, out string? reference)
                ? reference
                : TextCache.Get(from.Value(index));
            into[name] = into.TryGetValue(name, out StringValues before) ? StringValues.Concat(before, value) : value;
        }
    }
}
