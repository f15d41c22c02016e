using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Identity;
using Gatehouse.Protocols.Ldap;

namespace Gatehouse.Engine.Realms.Directory;

/// <summary>How a search ended.</summary>
/// <param name="Result">The server's result.</param>
/// <param name="Entries">What was found.</param>
/// <param name="References">How many other servers were named; none is asked.</param>
internal sealed record DirectoryFindings(LdapResult Result, IReadOnlyList<LdapEntry> Entries, int References);

/// <summary>
/// One connection to one server: a request at a time. Any fault leaves it unusable. Never blocks a thread: everything is
/// awaited, under a deadline.
/// </summary>
internal sealed class DirectoryConnection : IDisposable
{
    private const int MaxMessage = 4 * 1024 * 1024;
    private const int MaxAnswer = 16 * 1024 * 1024;
    private const int PageSize = 500;
    private const int SmallPageSize = 50;
    private const int MaxSparePages = 64; // servers may send pages that are not full, even empty ones
    private readonly DirectoryPlan _plan;
    private readonly TimeProvider _time;
    private Stream _stream;
    private byte[] _buffer = new byte[8192];
    private int _start;
    private int _end;
    private int _lastId;
    private long _received;

    private DirectoryConnection(DirectoryServer server, DirectoryPlan plan, TimeProvider time, Stream stream)
    {
        Server = server;
        _plan = plan;
        _time = time;
        _stream = stream;
    }

    /// <summary>Where it goes.</summary>
    public DirectoryServer Server { get; }

    /// <summary>When it was put aside, by the clock's timestamp.</summary>
    public long RestsSince { get; set; }

    /// <summary>Connects, and secures the connection before anything is said. Under the deadline for connecting.</summary>
    /// <exception cref="DirectoryFault">It could not.</exception>
    public static async Task<DirectoryConnection> OpenAsync(DirectoryServer server, DirectoryPlan plan, TimeProvider time, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(plan.ConnectLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        DirectoryConnection? connection = null;
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, either.Token);
            connection = new DirectoryConnection(server, plan, time, new NetworkStream(socket, ownsSocket: true));
            bool isLoopback = socket.RemoteEndPoint is IPEndPoint remote && IPAddress.IsLoopback(remote.Address.IsIPv4MappedToIPv6 ? remote.Address.MapToIPv4() : remote.Address);
            if (server.Transport == DirectoryTransport.Clear && !isLoopback)
            {
                throw new DirectoryFault("not_loopback", $"`{server.Host}` is not a loopback address: clear text is spoken to nobody else", isLoss: true);
            }

            if (server.Transport == DirectoryTransport.StartTls)
            {
                await connection.RequestTlsAsync(either.Token);
            }

            if (server.Transport != DirectoryTransport.Clear)
            {
                await connection.SecureAsync(either.Token);
            }

            return connection;
        }
        catch (Exception failed)
        {
            // Whatever it was, the socket must not stay; only what is expected becomes a fault.
            connection?.Dispose();
            socket.Dispose();
            throw failed switch
            {
                OperationCanceledException when deadline.IsCancellationRequested && !cancellation.IsCancellationRequested =>
                    new DirectoryFault("connect_timeout", $"no connection within {plan.Settings.ConnectSeconds} s", isLoss: true, failed),
                SocketException socketFault => new DirectoryFault("connect_failed", $"connecting failed: {socketFault.SocketErrorCode}", isLoss: true, failed),
                AuthenticationException => new DirectoryFault("tls_refused", $"TLS failed: {failed.Message}", isLoss: true, failed),
                IOException => new DirectoryFault("connection_lost", "the server closed the connection", isLoss: true, failed),
                _ => failed,
            };
        }
    }

    /// <summary>A simple bind.</summary>
    public async Task<LdapResult> BindAsync(string name, string password, CancellationToken cancellation)
    {
        int id = ++_lastId;
        byte[] request = LdapRequests.Bind(id, name, password);
        try
        {
            return await WithinAsync(
                async limit =>
                {
                    await _stream.WriteAsync(request, limit);
                    return Expect(await ReadAsync(id, limit), LdapReplyKind.Bind).Result;
                },
                cancellation);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request);
        }
    }

    /// <summary>A search to its end.</summary>
    public async Task<DirectoryFindings> SearchAsync(LdapSearch search, CancellationToken cancellation) =>
        (await WithinAsync(limit => SearchCoreAsync(search, null, limit), cancellation)).Findings;

    /// <summary>
    /// A search page by page (RFC 2696), for more than a server gives at once. Ends early, with
    /// <see cref="LdapResult.SizeLimitExceeded"/>, beyond the entries wanted at most or when pages come without end.
    /// </summary>
    public async Task<DirectoryFindings> SearchPagesAsync(LdapSearch search, CancellationToken cancellation)
    {
        var page = new LdapPage(PageSize, default);
        int mostPages = (search.MaxEntries / SmallPageSize) + MaxSparePages;
        List<LdapEntry> entries = [];
        int references = 0;
        for (int pages = 0; pages < mostPages; pages++)
        {
            LdapPage wanted = page;
            (DirectoryFindings found, ReadOnlyMemory<byte>? cookie) = await WithinAsync(
                limit => SearchCoreAsync(search with { MaxEntries = search.MaxEntries + 1 - entries.Count }, wanted, limit), cancellation);
            entries.AddRange(found.Entries);
            references += found.References;
            if (entries.Count > search.MaxEntries)
            {
                break;
            }

            // The server's pages may have to be smaller.
            if (pages == 0 && entries.Count == 0 && (found.Result.Code is LdapResult.AdminLimitExceeded or LdapResult.SizeLimitExceeded))
            {
                page = new LdapPage(SmallPageSize, default);
                continue;
            }

            if (found.Result.Code != LdapResult.Success || cookie is not { Length: > 0 } next)
            {
                return new DirectoryFindings(found.Result, entries, references);
            }

            page = page with { Cookie = next };
        }

        return new DirectoryFindings(new LdapResult(LdapResult.SizeLimitExceeded, "more than is wanted here"), entries, references);
    }

    /// <summary>Closes. The goodbye of RFC 4511 section 4.3 is left out where it would have to wait.</summary>
    public void Dispose() => _stream.Dispose();

    private async Task<(DirectoryFindings Findings, ReadOnlyMemory<byte>? Cookie)> SearchCoreAsync(LdapSearch search, LdapPage? page, CancellationToken limit)
    {
        // With pages the server's limit is that of a page; the rest is counted here.
        int id = ++_lastId;
        await _stream.WriteAsync(LdapRequests.Search(id, page is null ? search : search with { MaxEntries = 0 }, page), limit);
        var entries = new List<LdapEntry>();
        int references = 0;
        long before = _received;
        while (true)
        {
            LdapReply reply = await ReadAsync(id, limit);
            switch (reply.Kind)
            {
                case LdapReplyKind.Entry when entries.Count < search.MaxEntries && _received - before <= MaxAnswer:
                    entries.Add(reply.Entry!); // set with this kind
                    break;
                case LdapReplyKind.Reference:
                    references++;
                    break;
                default:
                    return (new DirectoryFindings(Expect(reply, LdapReplyKind.SearchDone).Result, entries, references), reply.Cookie);
            }
        }
    }

    private async Task RequestTlsAsync(CancellationToken cancellation)
    {
        int id = ++_lastId;
        await _stream.WriteAsync(LdapRequests.StartTls(id), cancellation);
        LdapResult result = Expect(await ReadAsync(id, cancellation), LdapReplyKind.Extended).Result;
        if (result.Code != LdapResult.Success)
        {
            throw new DirectoryFault("starttls_refused", $"the server refused StartTLS ({result.Code}) {result.Diagnostic}".TrimEnd(), isLoss: true);
        }

        // What came in clear text behind the answer would be taken for the server's word later.
        if (_end > _start)
        {
            throw new DirectoryFault("malformed_answer", "the server sent more before TLS", isLoss: true);
        }
    }

    private async Task SecureAsync(CancellationToken cancellation)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        string? refusal = null;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = Server.Host,
            CertificateChainPolicy = _plan.NewChainPolicy(),
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                refusal = RefusalOf(certificate as X509Certificate2, chain, errors);
                return refusal is null;
            },

            // A session begun under other settings must not answer for these.
            AllowTlsResume = false,
            AllowRenegotiation = false,
        };
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellation);
        }
        catch (AuthenticationException refused) when (refusal is not null)
        {
            throw new DirectoryFault("certificate_refused", refusal, isLoss: true, refused);
        }
    }

    /// <summary>Both must hold: the chain ends in a pinned authority, and the certificate is for the name that was dialled.</summary>
    private string? RefusalOf(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return "the server has no certificate";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            IEnumerable<string> why = chain?.ChainStatus.Select(static s => s.Status.ToString()).Distinct(StringComparer.Ordinal) ?? [];
            return $"the server's certificate does not come from the realm's authorities: {string.Join(' ', why)}".TrimEnd();
        }

        // RFC 6125: the subject's common name counts for nothing.
        bool isForHost = certificate.MatchesHostname(Server.Host, allowWildcards: true, allowCommonName: false);
        return errors != SslPolicyErrors.None || !isForHost ? $"the server's certificate is not for `{Server.Host}`" : null;
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(_plan.AnswerLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            return await ask(either.Token);
        }
        catch (OperationCanceledException late) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new DirectoryFault("answer_timeout", $"no answer within {_plan.Settings.AnswerSeconds} s", isLoss: true, late);
        }
        catch (Exception lost) when (lost is IOException or SocketException or ObjectDisposedException)
        {
            throw new DirectoryFault("connection_lost", "the connection was lost", isLoss: true, lost);
        }
    }

    private async Task<LdapReply> ReadAsync(int id, CancellationToken cancellation)
    {
        while (true)
        {
            LdapFrame frame = LdapReplyParser.Measure(_buffer.AsSpan(_start, _end - _start), MaxMessage, out int length);
            if (frame == LdapFrame.Malformed)
            {
                throw Malformed();
            }

            if (frame == LdapFrame.Known && length <= _end - _start)
            {
                if (!LdapReplyParser.TryParse(_buffer.AsMemory(_start, length), out LdapReply reply))
                {
                    throw Malformed();
                }

                _start += length;
                _received += length;
                return reply.Id == id ? reply
                    : reply.Id == 0 ? throw new DirectoryFault("connection_lost", $"the server ends the connection: {reply.Result.Diagnostic}", isLoss: true)
                    : throw Malformed();
            }

            MakeRoom(length);
            int read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            if (read == 0)
            {
                throw new DirectoryFault("connection_lost", "the server closed the connection", isLoss: true);
            }

            _end += read;
        }
    }

    /// <summary>Moves what is there to the front, in a larger buffer when the message needs one.</summary>
    private void MakeRoom(int length)
    {
        byte[] target = length > _buffer.Length ? new byte[length] : _buffer;
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        _buffer = target;
        _end -= _start;
        _start = 0;
    }

    private static LdapReply Expect(LdapReply reply, LdapReplyKind kind) => reply.Kind == kind ? reply : throw Malformed();

    private static DirectoryFault Malformed() => new("malformed_answer", "the server's answer is not understood", isLoss: true);
}
