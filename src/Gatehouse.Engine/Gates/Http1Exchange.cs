using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates.Headers;
using Gatehouse.Engine.Http1;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Gates;

/// <summary>A request over HTTP/1.1 or HTTP/1.0. One object a connection, used again.</summary>
internal sealed class Http1Exchange : HttpExchange
{
    private readonly Http1Wire _wire;
    private readonly Action _abort;
    private readonly List<KeyValuePair<string, string>> _own = [];
    private bool _varies;
    private string? _vary;

    public Http1Exchange(IGateConnectionFeature connection, Http1Wire wire, GateCounters counters, Action abort)
        : base(connection, counters)
    {
        _wire = wire;
        _abort = abort;
    }

    /// <inheritdoc/>
    public override bool IsHttp2 => false;

    /// <inheritdoc/>
    public override bool HasBody => Headers.IsChunked || Headers.ContentLength > 0;

    /// <inheritdoc/>
    public override bool HasStarted => IsAnswered;

    /// <inheritdoc/>
    public override int Status { get; protected set; }

    /// <summary>Whether the head of an answer was written.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Whether the answer was given up.</summary>
    public bool IsAborted { get; private set; }

    /// <summary>Whether the connection ends after this request.</summary>
    public bool Closes { get; private set; }

    /// <inheritdoc/>
    public override bool TakesRawChunks => !_wire.Head.IsHttp10;

    /// <inheritdoc/>
    public override PipeWriter Output => _wire.Output;

    /// <inheritdoc/>
    protected override PipeReader BodyReader => _wire.Body;

    /// <summary>Starts a request whose head is there.</summary>
    public void Begin(HttpGateModel gate, ulong requestId, TimeProvider time, bool closes)
    {
        _own.Clear();
        _varies = IsAnswered = IsAborted = false;
        _vary = null;
        Closes = closes;
        Status = StatusCodes.Status200OK;
        Begin(gate, requestId, time, _wire.Head.Method, _wire.Head.RawTarget);
    }

    /// <summary>The client went.</summary>
    public void ClientGone() => OnClientGone();

    /// <inheritdoc/>
    public override string? ReadHeaders()
    {
        string? wrong = Headers.Read(_wire.Head);
        if (wrong is not null)
        {
            Closes = true;
            _wire.Body.Begin(0, isChunked: false, owesContinue: false);
            return wrong;
        }

        bool keepsAlive = !_wire.Head.IsHttp10 || Headers.Connection.HasFlag(ConnectionOption.KeepAlive);
        Closes |= !keepsAlive || Headers.Connection.HasFlag(ConnectionOption.Close);
        _wire.Body.Begin(Headers.ContentLength ?? 0, Headers.IsChunked, Headers.ExpectsContinue && !_wire.Head.IsHttp10);
        if (!HasBody)
        {
            _wire.Input.Watch();
        }

        return null;
    }

    /// <inheritdoc/>
    public override void SetHeader(string name, string value)
    {
        _own.RemoveAll(header => header.Key == name);
        _own.Add(new KeyValuePair<string, string>(name, value));
    }

    /// <inheritdoc/>
    public override void AddVary() => _varies = true;

    /// <inheritdoc/>
    public override void CloseAfter() => Closes = true;

    /// <inheritdoc/>
    public override ValueTask StartResponseAsync(ResponseHead head, BodyFraming framing)
    {
        Status = head.StatusCode;
        Gate.CrossSite.Mark(this);
        bool untilClose = framing is BodyFraming.Chunked or BodyFraming.UntilClose && !TakesRawChunks;
        Closes |= untilClose;
        BeginHead(Status);
        bool hasDate = WriteHeaders(head.Headers);
        if (!hasDate)
        {
            WriteDate();
        }

        WriteOwn();
        if (framing == BodyFraming.Length)
        {
            WriteLength(head.ContentLength);
        }
        else if (framing is BodyFraming.Chunked or BodyFraming.UntilClose)
        {
            _wire.Output.Append(untilClose ? [] : "Transfer-Encoding: chunked\r\n"u8);
        }
        else if (IsHead)
        {
            // The length that GET would have had (RFC 9110 section 8.6).
            if (head.ContentLength >= 0)
            {
                WriteLength(head.ContentLength);
            }
        }
        else if (Status is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified))
        {
            WriteLength(0);
        }

        EndHead();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void AddTrailers(HeaderBlock trailers)
    {
        // A client of HTTP/1.0 knows none; towards HTTP/1.1 they are written with the last chunk.
    }

    /// <inheritdoc/>
    public override async ValueTask<Stream> UpgradeAsync(ResponseHead head)
    {
        Status = StatusCodes.Status101SwitchingProtocols;
        Closes = true;
        BeginHead(Status);
        WriteHeaders(head.Headers);
        _wire.Output.Append("Connection: Upgrade\r\n"u8);
        WriteHeader("Upgrade", Headers.Upgrade!); // an upgrade was asked for
        _wire.Output.Append("\r\n"u8);
        IsAnswered = true;
        await _wire.Output.FlushAsync();
        return _wire.Upgrade();
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        IsAborted = true;
        _abort();
    }

    /// <inheritdoc/>
    protected override void WriteAnswer(ReadOnlySpan<byte> json)
    {
        Closes |= !_wire.Body.IsWorthDraining;
        BeginHead(Status);
        WriteDate();
        WriteOwn();
        if (Status != StatusCodes.Status204NoContent)
        {
            WriteLength(json.Length);
        }

        EndHead();
        if (!IsHead)
        {
            _wire.Output.Append(json);
        }
    }

    private void BeginHead(int status) => _wire.Output.Append(Http1StatusLines.Get(status));

    private void EndHead()
    {
        if (_vary is not null)
        {
            WriteHeader("Vary", _vary);
        }
        else if (_varies)
        {
            _wire.Output.Append("Vary: Origin\r\n"u8);
        }

        _wire.Output.Append(
            Closes ? "Connection: close\r\n\r\n"u8
            : _wire.Head.IsHttp10 ? "Connection: keep-alive\r\n\r\n"u8
            : "\r\n"u8);
        IsAnswered = true;
    }

    /// <summary>Writes the upstream's headers; whether a Date was among them.</summary>
    private bool WriteHeaders(HeaderBlock headers)
    {
        bool hasDate = false;
        Http1Output output = _wire.Output;
        for (int index = 0; index < headers.Count; index++)
        {
            ReadOnlySpan<byte> name = headers.Name(index);
            if (headers.IsStripped(index) || IsReplaced(name))
            {
                continue;
            }

            hasDate |= name.Length == 4 && Ascii.EqualsIgnoreCase(name, "date"u8);
            ReadOnlySpan<byte> value = headers.Value(index);
            if (_varies && name.Length == 4 && Ascii.EqualsIgnoreCase(name, "vary"u8))
            {
                _vary = VaryHeader.WithOrigin(_vary, TextCache.Get(value));
                continue;
            }

            if (Locations.IsOne(name) && Locations.TryRewrite(value, Gate.Model.Upstream.Address, out string? reference))
            {
                WriteHeader(TextCache.Get(name), reference);
                continue;
            }

            Span<byte> line = output.GetSpan(name.Length + value.Length + 4);
            name.CopyTo(line);
            ": "u8.CopyTo(line[name.Length..]);
            value.CopyTo(line[(name.Length + 2)..]);
            "\r\n"u8.CopyTo(line[(name.Length + value.Length + 2)..]);
            output.Advance(name.Length + value.Length + 4);
        }

        return hasDate;
    }

    // What runs behind the gate, and in which version, is nobody's business; the gate's own word stands before the upstream's.
    private bool IsReplaced(ReadOnlySpan<byte> name)
    {
        if (name.Length == 6 && Ascii.EqualsIgnoreCase(name, "server"u8))
        {
            return true;
        }

        foreach (KeyValuePair<string, string> own in _own)
        {
            if (own.Key.Length == name.Length && Ascii.EqualsIgnoreCase(name, own.Key))
            {
                return true;
            }
        }

        return false;
    }

    private void WriteOwn()
    {
        foreach (KeyValuePair<string, string> header in _own)
        {
            WriteHeader(header.Key, header.Value);
        }
    }

    private void WriteHeader(string name, string value)
    {
        Http1Output output = _wire.Output;
        output.Advance(Encoding.ASCII.GetBytes(name, output.GetSpan(name.Length)));
        output.Append(": "u8);
        output.Advance(Encoding.UTF8.GetBytes(value, output.GetSpan(value.Length * 3)));
        output.Append("\r\n"u8);
    }

    private void WriteLength(long length)
    {
        Http1Output output = _wire.Output;
        output.Append("Content-Length: "u8);
        _ = Utf8Formatter.TryFormat(length, output.GetSpan(20), out int written);
        output.Advance(written);
        output.Append("\r\n"u8);
    }

    private void WriteDate() => _wire.Output.Append(Http1Date.Line(Began));
}
