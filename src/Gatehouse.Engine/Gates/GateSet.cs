using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Gates.Tcp;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Gates;

/// <summary>The gates of a node: started, replaced and stopped as the configuration says. One change at a time.</summary>
internal sealed class GateSet(GateEnvironment environment) : IAsyncDisposable
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, IGate> _gates = new(StringComparer.Ordinal);
    private ImmutableArray<GateStatus> _status = [];

    /// <summary>Every gate in the order of the configuration.</summary>
    public ImmutableArray<GateStatus> Status => _status;

    /// <summary>
    /// Makes the running gates be these. A gate whose listener did not change keeps its connections; one that cannot
    /// listen is <see cref="GateState.Failed"/> with its problem and keeps no other from starting.
    /// </summary>
    public async Task ApplyAsync(IReadOnlyList<GateModel> models, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            // Ports are freed first: a gate may take over the port of another.
            await CloseUnwantedAsync(models);
            ImmutableArray<GateStatus>.Builder status = ImmutableArray.CreateBuilder<GateStatus>(models.Count);
            foreach (GateModel model in models)
            {
                status.Add(await OpenAsync(model, cancellation));
            }

            _status = status.MoveToImmutable();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Looks whether a gate's listener, certificate, upstream and its owner work; null when there is none of that name.</summary>
    public async ValueTask<GateTestResponse?> TestAsync(string name, CancellationToken cancellation)
    {
        GateStatus? status = _status.FirstOrDefault(s => s.Model.Name == name);
        return status is null ? null : await GateProbe.RunAsync(status, environment, cancellation);
    }

    /// <summary>Stops every gate; requests under way may end until <paramref name="cancellation"/>.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            await Task.WhenAll(_gates.Values.Select(gate => gate.StopAsync(cancellation)));
            foreach (IGate gate in _gates.Values)
            {
                await gate.DisposeAsync();
            }

            _gates.Clear();
            _status = [];
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource now = new();
        await now.CancelAsync();
        await StopAsync(now.Token);
        _turn.Dispose();
    }

    private static bool Keeps(GateModel running, IReadOnlyList<GateModel> wanted) =>
        wanted.Any(w => w.Name == running.Name && w.Configuration.Enabled && w.SharesListenerWith(running));

    private async Task CloseUnwantedAsync(IReadOnlyList<GateModel> models)
    {
        List<IGate> closing = [.. _gates.Values.Where(gate => !Keeps(gate.Model, models))];
        using CancellationTokenSource drain = new(Drain, environment.Time);
        await Task.WhenAll(closing.Select(gate => gate.StopAsync(drain.Token)));
        foreach (IGate gate in closing)
        {
            _gates.Remove(gate.Model.Name);
            await gate.DisposeAsync();
        }
    }

    private async Task<GateStatus> OpenAsync(GateModel model, CancellationToken cancellation)
    {
        if (!model.Configuration.Enabled)
        {
            return new GateStatus(model, GateState.Disabled, null, new GateCounters());
        }

        if (_gates.TryGetValue(model.Name, out IGate? running))
        {
            running.Replace(model);
            return new GateStatus(model, GateState.Listening, null, running.Counters);
        }

        IGate gate = environment.Protocols?.Invoke(model, environment)
            ?? (model.Configuration.Protocol == "tcp" ? new TcpGate(environment, model) : new HttpGate(environment, model));
        try
        {
            await gate.StartAsync(cancellation);
        }
        catch (Exception fault) when (fault is ProblemException or IOException or System.Net.Sockets.SocketException)
        {
            await gate.DisposeAsync();
            Problem problem = (fault as ProblemException)?.Problem
                ?? GateProblems.GateCannotListen.Because($"gate `{model.Name}` cannot listen on `{model.Listen}`: {fault.Message}");
            return new GateStatus(model, GateState.Failed, problem, gate.Counters);
        }

        _gates.Add(model.Name, gate);
        return new GateStatus(model, GateState.Listening, null, gate.Counters);
    }
}
