using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Engine.Gates;

/// <summary>The way back: the upstream's response, or an answer of the gate's own.</summary>
internal sealed partial class HttpExchange
{
    /// <summary>Status of what was sent, or is being sent.</summary>
    public int Status => _response.StatusCode;

    /// <summary>Headers of the answer.</summary>
    public IHeaderDictionary ResponseHeaders => _response.Headers;

    /// <inheritdoc/>
    public override ValueTask StartResponseAsync(ResponseHead head, BodyFraming framing)
    {
        _response.StatusCode = head.StatusCode;
        IHeaderDictionary headers = _response.Headers;
        CopyHeaders(head.Headers, headers);
        Gate.CrossSite.Mark(Headers.Origin, headers);
        switch (framing)
        {
            case BodyFraming.None:
                // The length that GET would have had (RFC 9110 section 8.6); 1xx and 204 have none.
                if (IsHead && head.ContentLength >= 0)
                {
                    headers.ContentLength = head.ContentLength;
                }

                return ValueTask.CompletedTask;
            case BodyFraming.Length:
                headers.ContentLength = head.ContentLength;
                break;
            default:
                if (TakesRawChunks)
                {
                    // With this header set the server passes our bytes on as they are: chunks and trailers are ours.
                    headers.TransferEncoding = "chunked";
                }

                break;
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

    /// <inheritdoc/>
    public override async ValueTask<Stream> UpgradeAsync(ResponseHead head)
    {
        CopyHeaders(head.Headers, _response.Headers);
        _response.Headers.Upgrade = Headers.Upgrade;
        return await _features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    /// <summary>Puts an answer of the gate's own into the output; the server sends it with the end of the request.</summary>
    public void Answer(int status, ReadOnlySpan<byte> json)
    {
        _response.StatusCode = status;
        IHeaderDictionary headers = _response.Headers;
        headers.CacheControl = "no-store";
        if (Connection.IsSecured)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        Gate.CrossSite.Mark(Headers.Origin, headers);
        if (status == StatusCodes.Status204NoContent)
        {
            return;
        }

        headers.ContentType = "application/json";
        headers.ContentLength = json.Length;
        if (!IsHead)
        {
            // Asked for in one piece: before the head is written the server hands out memory of exactly what is asked for.
            json.CopyTo(_responseBody.Writer.GetSpan(json.Length));
            _responseBody.Writer.Advance(json.Length);
        }
    }

    private static void CopyHeaders(HeaderBlock from, IHeaderDictionary into)
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

            string value = TextCache.Get(from.Value(index));
            into[name] = into.TryGetValue(name, out StringValues before) ? StringValues.Concat(before, value) : value;
        }
    }
}
