using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>
/// Asks a cluster of etcd: members in turn, a token renewed when it must be, all within a budget of time. Reads are linearizable
/// and tried until the budget ends. A write goes on to the next member only where it is certain that it was not applied.
/// </summary>
internal sealed class EtcdClient : IDisposable
{
    /// <summary>What a read may take in all.</summary>
    public static readonly TimeSpan ReadTime = TimeSpan.FromSeconds(6);

    /// <summary>How long one member has for a write.</summary>
    private static readonly TimeSpan WriteTime = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FirstTry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(4);

    private readonly EtcdSettings _settings;
    private readonly EtcdWire _wire;
    private readonly EtcdTokens _tokens;
    private readonly TimeProvider _time = TimeProvider.System;
    private long _cluster;

    public EtcdClient(EtcdSettings settings)
    {
        _settings = settings;
        Endpoints = new EtcdEndpoints(settings.Endpoints, _time);
        _wire = new EtcdWire(settings, Endpoints);
        _tokens = new EtcdTokens(settings, _wire);
    }

    /// <summary>The members.</summary>
    public EtcdEndpoints Endpoints { get; }

    /// <summary>What the last call that failed, or one that succeeded since, says of the store.</summary>
    public EtcdHealth Health { get; } = new();

    /// <summary>Reads keys; linearizable.</summary>
    /// <exception cref="ProblemException">GH2060 to GH2071.</exception>
    public async Task<RangeAnswer> RangeAsync(RangeRequest request, CancellationToken cancellation)
    {
        RangeAnswer answer = await ReadAsync("v3/kv/range", Body(request, EtcdJson.Default.RangeRequest), EtcdJson.Default.RangeAnswer, static a => a.Header, ReadTime, cancellation);
        return answer;
    }

    /// <summary>Runs a transaction that may run twice: one that only reads, or that writes what is the same whoever writes it.</summary>
    /// <exception cref="ProblemException">GH2060 to GH2071.</exception>
    public Task<TxnAnswer> RepeatAsync(TxnRequest request, TimeSpan budget, CancellationToken cancellation) =>
        ReadAsync("v3/kv/txn", Body(request, EtcdJson.Default.TxnRequest), EtcdJson.Default.TxnAnswer, static a => a.Header, budget, cancellation);

    /// <summary>Sends a transaction at most once: to another member only where it is certain that one did not apply it.</summary>
    /// <exception cref="EtcdFault">Refused, or with an unknown outcome.</exception>
    public async Task<TxnAnswer> TransactAsync(TxnRequest request)
    {
        byte[] body = Body(request, EtcdJson.Default.TxnRequest);
        for (int round = 0; ; round++)
        {
            int[] order = Endpoints.Order();
            for (int i = 0; i < order.Length; i++)
            {
                try
                {
                    return await AskAsync(order[i], "v3/kv/txn", body, EtcdJson.Default.TxnAnswer, static a => a.Header, WriteTime, CancellationToken.None);
                }
                catch (EtcdFault fault) when (fault.Effect == EtcdEffect.None && (round < 2 || i < order.Length - 1))
                {
                    await Task.Delay(i < order.Length - 1 ? TimeSpan.Zero : Pause, _time);
                }
            }
        }
    }

    /// <summary>A lease. One too many dies by itself, so this may be asked twice.</summary>
    public Task<LeaseAnswer> GrantAsync(long seconds, CancellationToken cancellation) =>
        ReadAsync("v3/lease/grant", Body(new LeaseRequest(seconds), EtcdJson.Default.LeaseRequest), EtcdJson.Default.LeaseAnswer, static a => a.Header, ReadTime, cancellation);

    /// <summary>Forgets the history below a revision.</summary>
    public Task CompactAsync(long revision, CancellationToken cancellation) =>
        ReadAsync("v3/kv/compaction", Body(new CompactRequest(revision), EtcdJson.Default.CompactRequest), EtcdJson.Default.PlainAnswer, static a => a.Header, ReadTime, cancellation);

    /// <summary>What etcd says of itself.</summary>
    public Task<StatusAnswer> StatusAsync(CancellationToken cancellation) =>
        ReadAsync("v3/maintenance/status", "{}"u8.ToArray(), EtcdJson.Default.StatusAnswer, static a => a.Header, ReadTime, cancellation);

    /// <summary>Begins a watch at one member.</summary>
    /// <exception cref="EtcdFault">It did not begin.</exception>
    public async Task<EtcdWatch> WatchAsync(int endpoint, byte[] key, long from, CancellationToken cancellation)
    {
        byte[] body = Body(new WatchRequest(new WatchCreateRequest(key, from)), EtcdJson.Default.WatchRequest);
        string? token = await _tokens.GetAsync(endpoint, cancellation);
        try
        {
            HttpResponseMessage answer = await _wire.OpenAsync(endpoint, "v3/watch", body, token, WriteTime, cancellation);
            return await EtcdWatch.BeginAsync(_wire.Name(endpoint), answer, WriteTime, cancellation);
        }
        catch (EtcdFault fault)
        {
            if (token is not null && fault.Effect == EtcdEffect.StaleToken)
            {
                _tokens.Forget(token);
            }

            Endpoints.Bad(endpoint);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _wire.Dispose();
        _tokens.Dispose();
        _settings.Dispose();
    }

    private static byte[] Body<T>(T request, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(request, type);

    private async Task<T> ReadAsync<T>(
        string path, byte[] body, JsonTypeInfo<T> type, Func<T, EtcdHeader?> header, TimeSpan budget, CancellationToken cancellation)
        where T : class
    {
        long begun = _time.GetTimestamp();
        EtcdFault? last = null;
        for (TimeSpan limit = FirstTry; ; limit = limit < LongestTry ? limit * 2 : limit)
        {
            foreach (int endpoint in Endpoints.Order())
            {
                TimeSpan left = budget - _time.GetElapsedTime(begun);
                if (left <= TimeSpan.Zero)
                {
                    throw Failed(last!); // The first round begins with the whole budget.
                }

                try
                {
                    return await AskAsync(endpoint, path, body, type, header, limit < left ? limit : left, cancellation);
                }
                catch (EtcdFault fault) when (fault.Effect is not (EtcdEffect.Final or EtcdEffect.LeaseGone or EtcdEffect.TooLarge))
                {
                    last = fault;
                }
                catch (EtcdFault fault) when (fault.Effect != EtcdEffect.TooLarge)
                {
                    throw Failed(fault);
                }
            }

            await Task.Delay(Pause, _time, cancellation);
        }
    }

    private ProblemException Failed(EtcdFault fault)
    {
        Health.Away(fault.Problem);
        return new ProblemException(fault.Problem, fault);
    }

    private async Task<T> AskAsync<T>(
        int endpoint, string path, byte[] body, JsonTypeInfo<T> type, Func<T, EtcdHeader?> header, TimeSpan limit, CancellationToken cancellation)
        where T : class
    {
        try
        {
            for (int renewals = 0; ; renewals++)
            {
                string? token = await _tokens.GetAsync(endpoint, cancellation);
                try
                {
                    T answer = await _wire.ExchangeAsync(endpoint, path, body, token, type, limit, cancellation);
                    Check(endpoint, header(answer));
                    Endpoints.Good(endpoint);
                    Health.Up();
                    return answer;
                }
                catch (EtcdFault fault) when (fault.Effect == EtcdEffect.StaleToken && token is not null && renewals < 2)
                {
                    _tokens.Forget(token);
                }
            }
        }
        catch (EtcdFault fault)
        {
            // A member that says what is wrong is well; one that says nothing is not asked first again.
            if (fault.Effect is EtcdEffect.None or EtcdEffect.Unknown)
            {
                Endpoints.Bad(endpoint);
            }

            throw;
        }
    }

    /// <summary>One process works with one cluster: endpoints that lead elsewhere would read here and write there.</summary>
    private void Check(int endpoint, EtcdHeader? header)
    {
        long cluster = unchecked((long)(header ?? throw EtcdFault.Malformed(_wire.Name(endpoint), "the answer has no header")).ClusterId);
        long known = Interlocked.CompareExchange(ref _cluster, cluster, 0);
        if (known != 0 && known != cluster)
        {
            throw new EtcdFault(
                EtcdEffect.None,
                EtcdProblems.WrongCluster.Because($"{_wire.Name(endpoint)} is of cluster {unchecked((ulong)cluster):x}, the others are of {unchecked((ulong)known):x}"));
        }
    }
}
