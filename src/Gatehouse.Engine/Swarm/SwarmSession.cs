using System.IO.Pipelines;
using System.Security.Cryptography;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Libp2p;
using Microsoft.AspNetCore.Connections;

namespace Gatehouse.Engine.Swarm;

/// <summary>
/// Steps 4 to 8 of one connection. Until a key is proven the caller gets 24 bytes and no more: the upstream's own nonce where bytes
/// pass as they are, the gate's where they are encrypted anew. Both are random, neither tells the gate from noise.
/// </summary>
internal sealed class SwarmSession : ILiveWork
{
    private readonly GateEnvironment _environment;
    private readonly SwarmGateModel _gate;
    private readonly IGateConnectionFeature _facts;
    private readonly ConnectionContext _connection;
    private readonly GateCounters _counters;
    private readonly Action _onProven;
    private readonly ForwardControl _control = new();
    private readonly SwarmRecords _records;
    private volatile SwarmKey? _proven;
    private string? _cutReason;
    private bool _alarmed;

    public SwarmSession(
        GateEnvironment environment, SwarmGateModel gate, IGateConnectionFeature facts, ConnectionContext connection, GateCounters counters, Action onProven)
    {
        _environment = environment;
        _gate = gate;
        _facts = facts;
        _connection = connection;
        _counters = counters;
        _onProven = onProven;
        _records = new SwarmRecords(environment, facts, gate.Model.Name);
    }

    private IDuplexPipe Client => _connection.Transport;

    /// <summary>Runs the connection to its end.</summary>
    public async Task RunAsync()
    {
        using var deadline = new CancellationTokenSource(_gate.Options.Deadline, _environment.Time);
        await (_gate.Keys.Upstream is { } key ? RelayAsync(key, deadline) : VerifyAsync(deadline));
    }

    /// <inheritdoc/>
    public bool IsStillAllowed(SecuritySnapshot snapshot, DateTimeOffset now)
    {
        if (_proven is not { } proven)
        {
            return true; // not in yet
        }

        if (snapshot.IsStale)
        {
            return false; // who was taken out since is not known
        }

        foreach (SwarmKey key in _gate.Newest.Keys.Accepted.Keys)
        {
            if (key.Equals(proven))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Cut(string reason)
    {
        Interlocked.CompareExchange(ref _cutReason, reason, null);
        _control.Cancel(ForwardResult.Cut);
        _connection.Abort();
    }

    /// <inheritdoc/>
    public string Describe() => $"connect {_gate.Model.Name}";

    private async Task VerifyAsync(CancellationTokenSource deadline)
    {
        var reader = new SwarmProofReader(Client.Input);
        Task<SwarmGreeting> greeting = GreetAsync(deadline.Token);
        (Decision decision, SecuritySnapshot snapshot) = await DecideAsync(reader, deadline.Token);
        if (!decision.IsAllowed)
        {
            // The caller gets its 24 bytes however soon it failed; the upstream does not wait with it.
            _gate.Forwarder.Release(await greeting, _control);
            await LetGoAsync(reader, deadline.Token);
            return;
        }

        SwarmGreeting greeted = await greeting;
        deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        if (await ForwardAsync(snapshot, () => _gate.Forwarder.ForwardAsync(decision.Permit, greeted, Client, _control)) is null)
        {
            _gate.Forwarder.Release(greeted, _control);
        }
    }

    private async Task RelayAsync(SwarmKey upstreamKey, CancellationTokenSource deadline)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(PnetHeader.NonceSize);
        var reader = new SwarmProofReader(Client.Input);
        if (!await SendAsync(nonce))
        {
            _counters.Deny();
            _records.Refused(SwarmReasons.Short, null);
            return;
        }

        (Decision decision, SecuritySnapshot snapshot) = await DecideAsync(reader, deadline.Token);
        if (!decision.IsAllowed || _proven is not { } key)
        {
            await LetGoAsync(reader, deadline.Token);
            return;
        }

        deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        XSalsa20 fromClient = key.Cipher(reader.First[..PnetHeader.NonceSize]);
        XSalsa20 toClient = key.Cipher(nonce);

        // The client's nonce is used up; what follows is its encrypted stream from the first byte on.
        ReadResult read = await Client.Input.ReadAsync();
        Client.Input.AdvanceTo(read.Buffer.GetPosition(PnetHeader.NonceSize));
        await ForwardAsync(snapshot, () => _gate.Forwarder.ForwardAsync(
            decision.Permit, upstreamKey, (fromClient, toClient), Client, _control, _gate.Options.Deadline));
    }

    /// <summary>Steps 4 and 6, and the record of a refusal.</summary>
    private async ValueTask<(Decision Decision, SecuritySnapshot Snapshot)> DecideAsync(SwarmProofReader reader, CancellationToken deadline)
    {
        // 4. authenticate: the key is all
        string? reason = await reader.ReadAsync(deadline);
        SwarmProof proof = reason is null ? _gate.Keys.Accepted.Prove(reader.First) : default;
        SecuritySnapshot snapshot = _environment.Snapshots.Current;
        if (SwarmIdentity.Of(proof) is not { } login)
        {
            _counters.Deny();

            // What was cut by the registry has its record already.
            if (_cutReason is null)
            {
                _records.Refused(reason ?? reader.WhyNot(), _control.Detail);
            }

            return (default, snapshot);
        }

        _onProven();
        _records.Login = login;
        _facts.Connection.Principal = login.Principal;
        _proven = _gate.Keys.Accepted.Keys[proof.Number - 1];
        DateTimeOffset now = _environment.Time.GetUtcNow();
        if (!IsStillAllowed(snapshot, now))
        {
            Cut(CutReasons.RightLost);
            return (default, snapshot);
        }

        // 6. authorize: whoever proved a key may connect, which is the one operation there is
        AuthorizationContext context = new(
            login.Principal, [], _facts.Connection.Source.Address, _gate.Model.Name, HasClientCertificate: false, now, _records.RequestId);
        return (Authorizer.AllowAuthenticated(snapshot.Policy, context), snapshot);
    }

    /// <summary>The upstream's nonce goes to the caller; everything after it is held back until the proof.</summary>
    private async Task<SwarmGreeting> GreetAsync(CancellationToken deadline)
    {
        SwarmGreeting greeting;
        await using (deadline.UnsafeRegister(static state => ((ForwardControl)state!).Cancel(ForwardResult.UpstreamTimeout), _control))
        {
            greeting = await _gate.Forwarder.GreetAsync(_control);
        }

        // A caller that waits for the nonce never proves anything: nobody else would say it.
        AlarmAt(greeting.Result);
        if (greeting.Result == ForwardResult.Ok && !await SendAsync(greeting.Nonce))
        {
            _control.Cancel(ForwardResult.ClientGone);
        }

        return greeting;
    }

    /// <summary>Step 7 between the two halves of step 8; null where it did not come to it.</summary>
    private async ValueTask<ForwardOutcome?> ForwardAsync(SecuritySnapshot snapshot, Func<ValueTask<ForwardOutcome>> forward)
    {
        // 8. audit: the slot comes before the first byte
        AuditSlot slot = await _records.ReserveAsync(snapshot);
        if (!slot.IsValid)
        {
            _counters.Fail();
            _connection.Abort();
            return null;
        }

        // 7. forward
        ForwardOutcome outcome;
        try
        {
            outcome = await forward();
        }
        catch
        {
            _records.Faulted(slot, snapshot);
            throw;
        }

        if (outcome.Problem is not null)
        {
            _counters.Fail();
            _connection.Abort();
        }

        // 8. audit
        AlarmAt(outcome.Result);
        _records.Ended(slot, outcome, _cutReason, snapshot);
        return outcome;
    }

    private void AlarmAt(ForwardResult result)
    {
        if (!_alarmed && result is (ForwardResult.UpstreamRefusedOwner or ForwardResult.UpstreamMalformed))
        {
            _alarmed = true;
            _records.Alarm(
                result == ForwardResult.UpstreamMalformed ? SwarmProblems.UpstreamSilent : GateProblems.UpstreamWrongOwner,
                _control.Detail, _environment.Snapshots.Current);
        }
    }

    private async ValueTask LetGoAsync(SwarmProofReader reader, CancellationToken deadline)
    {
        await reader.WaitOutAsync(deadline);
        _connection.Abort();
    }

    private async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            FlushResult sent = await Client.Output.WriteAsync(bytes);
            return !sent.IsCompleted && !sent.IsCanceled;
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            return false;
        }
    }
}
