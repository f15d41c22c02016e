using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Issuing;

/// <summary>
/// The revocation lists of this cluster. An issuer signs a list when what is revoked has changed, or when the last one is a day
/// old; it lies in the store's runtime state, so that numbers rise over all issuers. Every node keeps the lists at hand and in
/// <c>DATA/crl</c>. Without the store the last ones count until their own end (7 days).
/// </summary>
internal sealed class RevocationListKeeper : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A start answers its first callers before it signs lists.
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(1);

    // Lists of other issuers are looked for that often.
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(5);
    private readonly NodeTrust _trust;
    private readonly SnapshotHolder _snapshots;
    private readonly IStateStore _store;
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _timer;
    private FrozenDictionary<string, byte[]> _files = FrozenDictionary<string, byte[]>.Empty;
    private ClusterDocument? _seen;
    private DateTimeOffset _next;
    private string? _fault;

    public RevocationListKeeper(NodeTrust trust, SnapshotHolder snapshots, IStateStore store, string dataDirectory, TimeProvider time, ILogger<RevocationListKeeper> logger)
    {
        _trust = trust;
        _snapshots = snapshots;
        _store = store;
        _folder = Path.Combine(dataDirectory, "crl");
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(_ => _ = LookAsync(), null, FirstLook, Interval);
    }

    /// <summary>
    /// A list by its file name: <c>nodes.crl</c> and <c>users.crl</c> are DER and of the active authority, <c>nodes.pem</c> and
    /// <c>users.pem</c> hold those of all authorities that are accepted. Null where there is none (yet).
    /// </summary>
    public byte[]? Find(string name) => _files.GetValueOrDefault(name);

    /// <summary>Looks now whether a list is due.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        ClusterDocument document = _snapshots.Current.Document;
        DateTimeOffset now = _time.GetUtcNow();
        await _one.WaitAsync(cancellation);
        try
        {
            Dictionary<string, byte[]> files = new(StringComparer.Ordinal);
            foreach (bool isUsers in new[] { false, true })
            {
                StringBuilder all = new();
                foreach (AuthorityDocument authority in document.Membership.Authorities.OrderByDescending(static one => one.Phase == TrustPhase.Active))
                {
                    if (await CurrentAsync(document, authority, isUsers, now, cancellation) is { } list)
                    {
                        all.Append(RevocationListMaker.Pem(list));
                        files.TryAdd(isUsers ? "users.crl" : "nodes.crl", list);
                    }
                }

                files[isUsers ? "users.pem" : "nodes.pem"] = Encoding.ASCII.GetBytes(all.ToString());
            }

            Keep(files);
            _seen = document;
            _next = now + Reading;
            _fault = null;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Cancel();
        _timer.Dispose();
        _ended.Dispose();
        _one.Dispose();
    }

    private async Task LookAsync()
    {
        if (_ended.IsCancellationRequested || (ReferenceEquals(_snapshots.Current.Document, _seen) && _time.GetUtcNow() < _next) || _one.CurrentCount == 0)
        {
            return;
        }

        try
        {
            await RefreshAsync(_ended.Token);
        }
        catch (Exception fault) when (fault is ProblemException or IOException or UnauthorizedAccessException or CryptographicException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // Tried again in a second; told once.
            string told = fault is ProblemException known ? known.Problem.Id : fault.GetType().Name;
            if (told != _fault && !_ended.IsCancellationRequested)
            {
                _fault = told;
                Log.ListNotMade(_logger, told);
            }
        }
    }

    private async ValueTask<byte[]?> CurrentAsync(
        ClusterDocument document, AuthorityDocument authority, bool isUsers, DateTimeOffset now, CancellationToken cancellation)
    {
        string key = $"crl/{authority.Id}/{(isUsers ? "users" : "nodes")}";
        KeptList? kept = Read(await _store.GetRuntimeAsync(key, cancellation));
        if (!authority.Keys.ContainsKey(_trust.NodeId))
        {
            return kept?.List;
        }

        ImmutableArray<RevokedSerial> entries = RevocationDesk.EntriesOf(document, authority.Id, isUsers, now);
        string digest = DigestOf(entries);
        if (kept is not null && kept.Digest == digest && now < kept.Made + RevocationListMaker.RenewAfter && now > kept.Made - RevocationListMaker.RenewAfter)
        {
            return kept.List;
        }

        // Numbers rise even where the runtime state was lost: seconds of the clock are above any count.
        long number = Math.Max((kept?.Number ?? 0) + 1, now.ToUnixTimeSeconds());
        byte[] list = _trust.SignRevocationList(authority.Id, isUsers, number, entries, now);
        byte[] value = JsonSerializer.SerializeToUtf8Bytes(new KeptList(number, digest, now, list), ListJson.Default.KeptList);
        await _store.PutRuntimeAsync(key, value, null, cancellation);
        Log.ListMade(_logger, isUsers ? "users" : "nodes", number, entries.Length);
        return list;
    }

    private static KeptList? Read(byte[]? value)
    {
        try
        {
            return value is null ? null : JsonSerializer.Deserialize(value, ListJson.Default.KeptList);
        }
        catch (JsonException)
        {
            // Of another version: made anew.
            return null;
        }
    }

    private static string DigestOf(ImmutableArray<RevokedSerial> entries) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', entries.Select(static entry => $"{entry.Serial} {entry.Time.ToUnixTimeMilliseconds()} {entry.Reason}")))));

    private void Keep(Dictionary<string, byte[]> files)
    {
        PrivateFolder.Ensure(_folder);
        foreach ((string name, byte[] content) in files)
        {
            string path = Path.Combine(_folder, name);
            if (!(_files.TryGetValue(name, out byte[]? before) && before.AsSpan().SequenceEqual(content) && File.Exists(path)))
            {
                SecretFile.Write(path, content);
            }
        }

        _files = files.ToFrozenDictionary(StringComparer.Ordinal);
    }
}

/// <summary>A list as it lies in the store.</summary>
/// <param name="Number">Its CRL number.</param>
/// <param name="Digest">Of its entries.</param>
/// <param name="Made">When it was signed.</param>
/// <param name="List">DER.</param>
internal sealed record KeptList(long Number, string Digest, DateTimeOffset Made, byte[] List);

/// <summary>Lists as JSON.</summary>
[JsonSerializable(typeof(KeptList))]
internal sealed partial class ListJson : JsonSerializerContext;
