using System.Collections.Concurrent;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners;

/// <summary>
/// Requests that are answered before the steps of a request begin: broken HTTP/1 by our own reader, broken HTTP/2 by the server,
/// whose log is the one place where that is seen. The records are made here, limited per source.
/// </summary>
internal sealed class MalformedRequests(string gate, RefusalRecorder refusals, ILoggerFactory inner) : ILoggerFactory
{
    private const string Server = "Microsoft.AspNetCore.Server.Kestrel.";
    private const int ConnectionBadRequest = 17;
    private const int Http2StreamError = 30;
    private const int HeaderDecodingError = 31;
    private const int Http2ConnectionError = 36;
    private const int Http2QueueOperationsExceeded = 60;
    private const int Http2TooManyEnhanceYourCalms = 61;

    private readonly ConcurrentDictionary<string, LiveConnection> _live = new(StringComparer.Ordinal);

    /// <summary>Call after steps 1 to 3 were put in front of the listener.</summary>
    public void Follow(ListenOptions options) => options.Use(next => async connection =>
    {
        LiveConnection? live = connection.Features.Get<IGateConnectionFeature>()?.Connection;
        if (live is not null)
        {
            _live[connection.ConnectionId] = live;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            _live.TryRemove(connection.ConnectionId, out _);
        }
    });

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        ILogger logger = inner.CreateLogger(categoryName);
        return categoryName is Server + "BadRequests" or Server + "Http2" ? new Watch(this, logger) : logger;
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The inner factory belongs to whoever made it.
    }

    /// <summary>Records what our own reader of HTTP/1 refused; <paramref name="what"/> quotes nothing of it.</summary>
    public void Record(LiveConnection live, string what) =>
        refusals.Record(AuditAction.TamperedRequest, gate, live.Source, RefusalReasons.MalformedHttp, what, live.Id);

    private void Record<TState>(TState state, Exception? fault)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            return;
        }

        foreach ((string name, object? value) in values)
        {
            if (name == "ConnectionId" && value is string id && _live.TryGetValue(id, out LiveConnection? live))
            {
                // The server's own text may quote the request, and with it a credential: only the status is taken.
                string? status = fault is Microsoft.AspNetCore.Http.BadHttpRequestException bad ? $"answered {bad.StatusCode}" : null;
                refusals.Record(AuditAction.TamperedRequest, gate, live.Source, RefusalReasons.MalformedHttp, status, live.Id);
                return;
            }
        }
    }

    private sealed class Watch(MalformedRequests owner, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        // These are logged at debug level, and only when that is on.
        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Debug || inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            bool isFlood = eventId.Id is Http2QueueOperationsExceeded or Http2TooManyEnhanceYourCalms;
            if (isFlood || eventId.Id is ConnectionBadRequest or Http2StreamError or HeaderDecodingError or Http2ConnectionError)
            {
                owner.Record(state, exception);
            }

            // The server calls a flood critical, several times a connection: whoever floods would write the log. It is in the trail.
            if (!isFlood && inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
