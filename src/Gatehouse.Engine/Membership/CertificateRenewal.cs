using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Membership;

/// <summary>
/// Keeps this node's own certificates good: at two thirds of their life, and at once when the authority in use is another. An
/// issuer makes its own, others ask through the store. Connections are not touched.
/// </summary>
internal sealed class CertificateRenewal : IAsyncDisposable
{
    private static readonly LeafKind[] Kinds = [LeafKind.Mesh, LeafKind.Server];
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskFirst = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan AskLater = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IStateStore _store;
    private readonly IStateChanges _changes;
    private readonly NodeTrust _trust;
    private readonly Func<IReadOnlyCollection<string>> _names;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private ITimer? _timer;
    private Task _run = Task.CompletedTask;

    public CertificateRenewal(
        IStateStore store, IStateChanges changes, NodeTrust trust, Func<IReadOnlyCollection<string>> names, TimeProvider time, ILogger<CertificateRenewal> logger)
    {
        _store = store;
        _changes = changes;
        _trust = trust;
        _names = names;
        _time = time;
        _logger = logger;
    }

    /// <summary>Why a certificate that is due was not renewed; null: all is well.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>Begins.</summary>
    public void Start()
    {
        _trust.Changed += Want;
        _timer = _time.CreateTimer(_ => Want(), null, FirstLook, Every);
        _run = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Renews what is due. True where something was.</summary>
    public async Task<bool> RenewAsync(CancellationToken cancellation)
    {
        bool isRenewed = false;
        foreach (LeafKind kind in Kinds)
        {
            if (_trust.IsLeafDue(kind, _names(), _time.GetUtcNow()))
            {
                await RenewAsync(kind, cancellation);
                isRenewed = true;
            }
        }

        Problem = null;
        return isRenewed;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _trust.Changed -= Want;
        _timer?.Dispose();
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
        _wanted.Dispose();
    }

    private async Task RenewAsync(LeafKind kind, CancellationToken cancellation)
    {
        if (_trust.IsIssuer)
        {
            DateTimeOffset now = _time.GetUtcNow();
            _trust.RenewLeaf(kind, _names(), now);
            CertificateDocument record = CertificateRecords.Of(_trust.Leaf(kind).Certificate, kind, _trust.NodeName, _trust.View.Authorities[0].Id, "node/" + _trust.NodeName);
            await _changes.ChangeAsync(
                "node/" + _trust.NodeName,
                $"{record.Profile} certificate of node {_trust.NodeName} renewed",
                document => document.Membership.Nodes.ContainsKey(_trust.NodeName) ? ChangeDecision.To(NodeChanges.Recorded(document, [record], now)) : default,
                cancellation);
        }
        else
        {
            _trust.Install(kind, await AskAsync(kind, cancellation));
        }

        Log.Renewed(_logger, kind == LeafKind.Mesh ? "mesh" : "server", new DateTimeOffset(_trust.Leaf(kind).Certificate.NotAfter.ToUniversalTime()));
    }

    private async Task<ImmutableArray<byte[]>> AskAsync(LeafKind kind, CancellationToken cancellation)
    {
        string name = CertificateExchange.NameOf(_trust.NodeName, kind);
        DateTimeOffset now = _time.GetUtcNow();
        var request = new CertificateRequestValue
        {
            Nonce = RandomNumberGenerator.GetHexString(32, lowercase: true),
            Time = now,
            Request = _trust.MakeRequest(kind),
            Names = kind == LeafKind.Server ? [.. ServerNamesOf(_trust, _names())] : [],
        };
        request = request with { Signature = _trust.Sign(CertificateExchange.Signed(request, _trust.NodeName, kind)) };
        await _store.PutRuntimeAsync(
            CertificateExchange.Requests + name,
            JsonSerializer.SerializeToUtf8Bytes(request, CertificateExchangeJson.Default.CertificateRequestValue),
            now + CertificateExchange.Life,
            cancellation);
        try
        {
            // Soon at first: an issuer that expects it answers within moments.
            for (TimeSpan pause = AskFirst; _time.GetUtcNow() - now < Patience; pause = pause * 2 < AskLater ? pause * 2 : AskLater)
            {
                await Task.Delay(pause, _time, cancellation);
                CertificateAnswerValue? answer = CertificateExchangeJson.Read(
                    await _store.GetRuntimeAsync(CertificateExchange.Answers + name, cancellation), CertificateExchangeJson.Default.CertificateAnswerValue);
                if (answer?.Nonce == request.Nonce)
                {
                    return answer.Refusal is null
                        ? answer.Chain
                        : throw EnrolmentProblems.CertificateRequestRefused.Exception($"an issuer refuses this node's request for a certificate: {answer.Refusal}");
                }
            }
        }
        finally
        {
            await _store.DeleteRuntimeAsync(CertificateExchange.Requests + name, CancellationToken.None);
        }

        throw EnrolmentProblems.NoIssuer.Exception(
            $"no issuer answers, the certificate in use ends {_trust.Leaf(kind).Certificate.NotAfter.ToUniversalTime():u}", "start a node with role issuer: gatehouse node list shows them");
    }

    /// <summary>Names that a node asks for besides loopback and its own.</summary>
    internal static IEnumerable<string> ServerNamesOf(NodeTrust trust, IReadOnlyCollection<string> further) =>
        trust.NamesForServer(further).Where(static name => name is not ("localhost" or "127.0.0.1" or "::1"));

    private void Want()
    {
        try
        {
            if (_wanted.CurrentCount == 0)
            {
                _wanted.Release();
            }
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else asked at this very moment, or it is over.
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _wanted.WaitAsync(_stop.Token);
                try
                {
                    await RenewAsync(_stop.Token);
                }
                catch (Exception fault) when (fault is ProblemException or IOException or CryptographicException)
                {
                    // The old one stays in use, and the next minute tries again.
                    Problem = (fault as ProblemException)?.Problem ?? EnrolmentProblems.NoIssuer.Because($"a certificate of this node could not be renewed: {fault.Message}");
                    Log.NotRenewed(_logger, fault);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node ends.
        }
    }
}
