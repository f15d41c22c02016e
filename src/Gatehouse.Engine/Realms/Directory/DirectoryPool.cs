using System.Diagnostics.CodeAnalysis;
using Gatehouse.Identity;
using Gatehouse.Protocols.Ldap;

namespace Gatehouse.Engine.Realms.Directory;

/// <summary>What a connection is used for; each keeps its own, since a bind changes who a connection speaks as.</summary>
internal enum DirectoryUse
{
    /// <summary>Speaks as the searching account throughout.</summary>
    Search,

    /// <summary>Speaks as whoever logs in: every use begins with a bind.</summary>
    Login,
}

/// <summary>
/// Connections to a directory: bounded, kept for a minute of rest, to the first server that is not known to be down. A
/// connection found dead when used is replaced once.
/// </summary>
internal sealed class DirectoryPool : IDisposable
{
    private const int WaitingForEach = 16;
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShortestPenalty = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPenalty = TimeSpan.FromSeconds(30);
    private readonly DirectoryPlan _plan;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Stack<DirectoryConnection>[][] _resting;
    private readonly Health[] _health;

    [SuppressMessage("Usage", "CA2213", Justification = "a login under way still gives its place back, and nothing waits on its handle")]
    private readonly SemaphoreSlim _places;

    private readonly int _mostWaiting;
    private int _waiting;
    private bool _isDisposed;

    public DirectoryPool(DirectoryPlan plan, TimeProvider time)
    {
        _plan = plan;
        _time = time;
        _health = new Health[plan.Servers.Length];
        _resting = [.. plan.Servers.Select(static _ => (Stack<DirectoryConnection>[])[new(), new()])];

        // With an account that searches a login holds up to two connections.
        int places = Math.Max(1, plan.HasSearcher ? plan.Settings.PoolSize / 2 : plan.Settings.PoolSize);
        _places = new SemaphoreSlim(places);
        _mostWaiting = places * WaitingForEach;
    }

    /// <summary>
    /// Takes a place for one login; false when too many wait already or none came free within the time for an answer.
    /// Given back with <see cref="Leave"/>.
    /// </summary>
    public async ValueTask<bool> TryEnterAsync(CancellationToken cancellation)
    {
        if (_places.Wait(0, CancellationToken.None))
        {
            return true;
        }

        if (Interlocked.Increment(ref _waiting) > _mostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        using var deadline = new CancellationTokenSource(_plan.AnswerLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            await _places.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave() => _places.Release();

    /// <summary>Asks on a connection; once more on another when the first was lost.</summary>
    /// <exception cref="DirectoryFault">No server could be asked.</exception>
    public async Task<T> UseAsync<T>(
        DirectoryUse use, Func<DirectoryConnection, Task<T>> ask, IRealmSteps? steps, CancellationToken cancellation)
    {
        for (bool isRetry = false; ; isRetry = true)
        {
            (DirectoryConnection connection, int server, bool isFresh) = await TakeAsync(use, steps, cancellation);
            try
            {
                T answer = await ask(connection);
                Put(connection, server, use);
                return answer;
            }
            catch (DirectoryFault lost) when (lost.IsLoss)
            {
                connection.Dispose();
                Drop(server, isDown: isFresh);
                steps?.Add("connection", false, $"{connection.Server}: {lost.Message}");
                bool isWorthIt = !isRetry && (!isFresh || lost.Reason == "connection_lost");
                if (!isWorthIt)
                {
                    throw;
                }
            }
            catch
            {
                // Its state is unknown, whatever happened.
                connection.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        for (int i = 0; i < _health.Length; i++)
        {
            Drop(i, isDown: false);
        }
    }

    private async Task<(DirectoryConnection Connection, int Server, bool IsFresh)> TakeAsync(
        DirectoryUse use, IRealmSteps? steps, CancellationToken cancellation)
    {
        DirectoryFault? last = null;
        foreach (int server in Candidates())
        {
            if (TryTakeResting(server, use) is { } resting)
            {
                return (resting, server, false);
            }

            try
            {
                DirectoryConnection fresh = await OpenAsync(_plan.Servers[server], use, steps, cancellation);
                SetUp(server);
                return (fresh, server, true);
            }
            catch (DirectoryFault fault) when (fault.IsLoss)
            {
                steps?.Add("connect", false, $"{_plan.Servers[server]}: {fault.Message}");
                Drop(server, isDown: true);
                last = fault;
            }
        }

        throw last ?? new DirectoryFault("servers_down", "every server failed a moment ago", isLoss: false);
    }

    private async Task<DirectoryConnection> OpenAsync(DirectoryServer server, DirectoryUse use, IRealmSteps? steps, CancellationToken cancellation)
    {
        DirectoryConnection connection = await DirectoryConnection.OpenAsync(server, _plan, _time, cancellation);
        steps?.Add("connect", true, $"{server}, {server.Transport switch { DirectoryTransport.Clear => "clear text on loopback", DirectoryTransport.StartTls => "TLS by StartTLS", _ => "TLS" }}");
        if (use == DirectoryUse.Login)
        {
            return connection;
        }

        try
        {
            // Set: without an account nobody searches over a connection of this use, and the check asks for both.
            LdapResult result = await connection.BindAsync(_plan.Settings.BindDn!, _plan.Settings.BindPassword!, cancellation);
            steps?.Add("bind of the searching account", result.Code == 0, $"{_plan.Settings.BindDn}, result {result.Code} {result.Diagnostic}".TrimEnd());
            return result.Code == 0
                ? connection
                : throw new DirectoryFault("searcher_refused", $"the searching account is refused ({result.Code})", isLoss: false);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Servers not known to be down, in order; when all are, those whose last failure is a second ago.</summary>
    private int[] Candidates()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            int[] up = [.. Enumerable.Range(0, _health.Length).Where(i => IsOver(_health[i], _health[i].Penalty))];
            return up.Length > 0 ? up : [.. Enumerable.Range(0, _health.Length).Where(i => IsOver(_health[i], ShortestPenalty))];
        }
    }

    private bool IsOver(Health health, TimeSpan penalty) => health.Penalty == TimeSpan.Zero || _time.GetElapsedTime(health.FailedAt) >= penalty;

    private void SetUp(int server)
    {
        lock (_lock)
        {
            _health[server] = default;
        }
    }

    private DirectoryConnection? TryTakeResting(int server, DirectoryUse use)
    {
        lock (_lock)
        {
            Stack<DirectoryConnection> resting = _resting[server][(int)use];
            while (resting.TryPop(out DirectoryConnection? connection))
            {
                if (_time.GetElapsedTime(connection.RestsSince) < LongestRest)
                {
                    return connection;
                }

                connection.Dispose();
            }

            return null;
        }
    }

    private void Put(DirectoryConnection connection, int server, DirectoryUse use)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                connection.RestsSince = _time.GetTimestamp();
                _resting[server][(int)use].Push(connection);
                return;
            }
        }

        connection.Dispose();
    }

    /// <summary>Closes what rests to a server: when one connection is dead, so are most likely the others.</summary>
    private void Drop(int server, bool isDown)
    {
        lock (_lock)
        {
            foreach (Stack<DirectoryConnection> resting in _resting[server])
            {
                while (resting.TryPop(out DirectoryConnection? connection))
                {
                    connection.Dispose();
                }
            }

            if (isDown)
            {
                TimeSpan next = _health[server].Penalty * 2;
                _health[server] = new Health(
                    _time.GetTimestamp(), next < ShortestPenalty ? ShortestPenalty : next > LongestPenalty ? LongestPenalty : next);
            }
        }
    }

    /// <summary>What is remembered of a server: nothing as long as it answers.</summary>
    private readonly record struct Health(long FailedAt, TimeSpan Penalty);
}
