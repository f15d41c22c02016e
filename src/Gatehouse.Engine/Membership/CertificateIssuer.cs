using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Membership;

/// <summary>
/// On issuers: answers nodes' requests for certificates. A request has to be signed with the node's key and, for the mesh, to be
/// for the very key that the cluster knows the node by. It looks for them twice a second, and far more often for some seconds after
/// the authority in use became another: then every node asks, and a rotation waits for each of them.
/// </summary>
internal sealed class CertificateIssuer : IAsyncDisposable
{
    private const int MostRequests = 100;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Rush = TimeSpan.FromSeconds(5);

    private readonly IStateStore _store;
    private readonly IStateChanges _changes;
    private readonly NodeTrust _trust;
    private readonly IAuditTrail _trail;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private PeriodicTimer? _timer;
    private long _rushBegan;
    private Task _run = Task.CompletedTask;

    public CertificateIssuer(IStateStore store, IStateChanges changes, NodeTrust trust, IAuditTrail trail, TimeProvider time, ILogger<CertificateIssuer> logger)
    {
        _store = store;
        _changes = changes;
        _trust = trust;
        _trail = trail;
        _time = time;
        _logger = logger;
    }

    /// <summary>Begins.</summary>
    public void Start()
    {
        var timer = new PeriodicTimer(Every, _time);
        _timer = timer;
        _trust.Changed += Expect;
        _run = Task.Run(() => RunAsync(timer), CancellationToken.None);
    }

    /// <summary>Answers what is there. Returns how many certificates were issued.</summary>
    public async Task<int> AnswerAsync(CancellationToken cancellation)
    {
        int issued = 0;
        if (!_trust.IsIssuer || !_changes.Current.Membership.Nodes.ContainsKey(_trust.NodeName))
        {
            return issued;
        }

        await ExpireAsync(cancellation);
        RuntimePage page = await _store.ListRuntimeAsync(CertificateExchange.Requests, null, MostRequests, cancellation);
        foreach (RuntimeEntry entry in page.Entries)
        {
            if (!CertificateExchange.TryParse(entry.Key[CertificateExchange.Requests.Length..], out string node, out LeafKind kind))
            {
                continue;
            }

            if (CertificateExchange.ReadRequest(entry.Value) is { } request && IsOurTurn(request.Time) && await AnswerOneAsync(node, kind, request, cancellation))
            {
                issued++;
            }
        }

        return issued;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _trust.Changed -= Expect;
        await _stop.CancelAsync();
        await _run;
        _timer?.Dispose();
        _stop.Dispose();
    }

    // A host that began to join and never came back: what it was handed out goes with its token.
    private async Task ExpireAsync(CancellationToken cancellation)
    {
        string actor = "node/" + _trust.NodeName;
        if (TokenChanges.Expire(_changes.Current, actor, _time.GetUtcNow()).Next is not null)
        {
            await _changes.ChangeAsync(
                actor, "enrolment tokens ended with a join that was not finished", document => TokenChanges.Expire(document, actor, _time.GetUtcNow()), cancellation);
        }
    }

    // The first issuer answers at once, the next one where it did not: else each request would make as many certificates as there are issuers.
    private bool IsOurTurn(DateTimeOffset asked)
    {
        int before = _changes.Current.Membership.Nodes.Values.Where(static node => node.IsIssuer).OrderBy(static node => node.Number).TakeWhile(node => node.Name != _trust.NodeName).Count();
        return _time.GetUtcNow() - asked >= before * TimeSpan.FromSeconds(3);
    }

    private async Task<bool> AnswerOneAsync(string node, LeafKind kind, CertificateRequestValue request, CancellationToken cancellation)
    {
        string key = CertificateExchange.Answers + CertificateExchange.NameOf(node, kind);
        if (CertificateExchangeJson.Read(await _store.GetRuntimeAsync(key, cancellation), CertificateExchangeJson.Default.CertificateAnswerValue)?.Nonce == request.Nonce)
        {
            return false;
        }

        string? refusal = Refusal(node, kind, request);
        ImmutableArray<byte[]> chain = [];
        if (refusal is null)
        {
            try
            {
                chain = _trust.AnswerRequest(kind, request.Request, node, request.Names, _time.GetUtcNow());
                refusal = WrongKey(node, kind, chain);
                await RecordAsync(node, kind, refusal is null ? chain : [], cancellation);
            }
            catch (ProblemException fault)
            {
                refusal = fault.Problem.Text;
            }
        }

        var answer = new CertificateAnswerValue { Nonce = request.Nonce, Chain = refusal is null ? chain : [], Refusal = refusal };
        await _store.PutRuntimeAsync(
            key, JsonSerializer.SerializeToUtf8Bytes(answer, CertificateExchangeJson.Default.CertificateAnswerValue), _time.GetUtcNow() + CertificateExchange.Life, cancellation);
        if (refusal is not null)
        {
            Tell(node, refusal);
        }

        return refusal is null;
    }

    private string? Refusal(string name, LeafKind kind, CertificateRequestValue request)
    {
        ImmutableSortedDictionary<string, NodeDocument> nodes = _changes.Current.Membership.Nodes;
        if (!nodes.TryGetValue(name, out NodeDocument? node))
        {
            return "no member of this name";
        }

        return !EnrolmentSignature.Verify(node.SigningKey, CertificateExchange.Signed(request, name, kind), request.Signature) ? "it is not signed with the node's key"
            : request.Names.Any(static asked => asked.Contains('*', StringComparison.Ordinal)) || request.Names.Length > 64 ? "it asks for names that a node cannot have"
            : kind == LeafKind.Server ? HostClaims.Refusal(_changes.Current.Membership, name, request.Names, node.SameHosts)?.Text
            : null;
    }

    // Renewals keep the key of the mesh: another one would be another node.
    private string? WrongKey(string name, LeafKind kind, ImmutableArray<byte[]> chain)
    {
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(chain[0]);
        return kind == LeafKind.Mesh && _changes.Current.Membership.Nodes.GetValueOrDefault(name)?.MeshKey != IssuedCertificate.KeyHashOf(leaf)
            ? "it is for another key than the one that the node is known by"
            : null;
    }

    private async Task RecordAsync(string node, LeafKind kind, ImmutableArray<byte[]> chain, CancellationToken cancellation)
    {
        if (chain.IsEmpty)
        {
            return;
        }

        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(chain[0]);
        CertificateDocument record = CertificateRecords.Of(leaf, kind, node, _trust.View.Authorities[0].Id, "node/" + node);
        ChangeOutcome outcome = await _changes.ChangeAsync(
            "node/" + node,
            $"{record.Profile} certificate of node {node} renewed",
            document => document.Membership.Nodes.ContainsKey(node) ? ChangeDecision.To(NodeChanges.Recorded(document, [record], _time.GetUtcNow())) : default,
            cancellation);
        if (!outcome.Succeeded)
        {
            throw new ProblemException(outcome.Problems[0]);
        }
    }

    private void Tell(string node, string refusal)
    {
        Problem problem = EnrolmentProblems.CertificateRequestRefused.Because($"a certificate request in the name of node `{node}` is refused: {refusal}");
        Log.Alarm(_logger, problem.ToString());
        _trail.Write(new AuditEvent
        {
            Action = AuditAction.Alarm,
            Outcome = AuditOutcome.Failure,
            Time = _time.GetUtcNow(),
            Problem = problem.Id,
            Target = "node/" + node,
            Message = problem.Text,
        });
    }

    private void Expect()
    {
        Volatile.Write(ref _rushBegan, _time.GetTimestamp());
        try
        {
            if (_timer is { } timer && timer.Period != Often)
            {
                timer.Period = Often;
            }
        }
        catch (ObjectDisposedException)
        {
            // It is over.
        }
    }

    private async Task RunAsync(PeriodicTimer timer)
    {
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await AnswerAsync(_stop.Token);
                }
                catch (Exception fault) when (fault is ProblemException or IOException)
                {
                    // That the store is away is said by whoever follows it.
                }

                if (timer.Period != Every && _time.GetElapsedTime(Volatile.Read(ref _rushBegan)) > Rush)
                {
                    timer.Period = Every;
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node ends.
        }
    }
}
