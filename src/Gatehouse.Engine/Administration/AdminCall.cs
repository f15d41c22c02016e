using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Administration;

/// <summary>One call of the API after step 4: who asks for what, decided on which snapshot.</summary>
internal sealed class AdminCall
{
    public AdminCall(HttpContext http, AdminIdentity identity, SecuritySnapshot snapshot, DateTimeOffset now, ulong requestId)
    {
        Http = http;
        Identity = identity;
        Snapshot = snapshot;
        Now = now;
        RequestId = requestId;
    }

    /// <summary>The request.</summary>
    public HttpContext Http { get; }

    /// <summary>Who.</summary>
    public AdminIdentity Identity { get; }

    /// <summary>The snapshot it is decided on.</summary>
    public SecuritySnapshot Snapshot { get; }

    /// <summary>When it is decided.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>The request's number.</summary>
    public ulong RequestId { get; }

    /// <summary>The endpoint; set by routing, before anything reads it.</summary>
    public required AdminEndpoint Endpoint { get; init; }

    /// <summary>The name in the path, or empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Query parameters.</summary>
    public ImmutableDictionary<string, string> Query { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The body as read, or null where the endpoint takes none.</summary>
    public object? Body { get; init; }

    /// <summary>What naming the operations has made of the body already, for the handler.</summary>
    public object? Prepared { get; set; }

    /// <summary>What it wants (step 5).</summary>
    public OperationSet Operations { get; } = new();

    /// <summary>The principal.</summary>
    public Principal Principal => Identity.Principal;

    /// <summary>For records of changes: <c>native/admin</c>.</summary>
    public string Actor => Principal.ToString();

    /// <summary>Ends with the connection.</summary>
    public CancellationToken Cancellation => Http.RequestAborted;

    /// <summary>A query parameter, or null.</summary>
    public string? Parameter(string name) => Query.GetValueOrDefault(name);

    /// <summary>The facts for authorization on a snapshot.</summary>
    public AuthorizationContext Context(in Rights rights, DateTimeOffset now) =>
        new(Principal, rights.Roles, Identity.Address, AdminServer.GateName, Identity.HasClientCertificate, now, RequestId) { Limit = rights.Limit };
}

/// <summary>Who calls, as step 4 found out. Only <see cref="AdminAuthentication"/> makes one.</summary>
internal sealed class AdminIdentity
{
    internal AdminIdentity(Principal principal, Authenticated? login, IPEndPoint? source, IGateConnectionFeature? connection)
    {
        Principal = principal;
        Login = login;
        Source = source;
        Connection = connection?.Connection;
        HasClientCertificate = connection?.ClientCertificate is not null;
    }

    /// <summary>Who.</summary>
    public Principal Principal { get; }

    /// <summary>The login by password; null for the kernel's word.</summary>
    public Authenticated? Login { get; }

    /// <summary>The client's address; null on the Unix socket.</summary>
    public IPEndPoint? Source { get; }

    /// <summary>The address that conditions see; loopback on the Unix socket.</summary>
    public IPAddress Address => Source?.Address ?? IPAddress.Loopback;

    /// <summary>The live connection, where the listener keeps one.</summary>
    public LiveConnection? Connection { get; }

    /// <summary>Whether a verified client certificate is present.</summary>
    public bool HasClientCertificate { get; }

    /// <summary>Whether it may still be here, and with which rights.</summary>
    public bool TryGetRights(SecuritySnapshot snapshot, DateTimeOffset now, out Rights rights)
    {
        if (Login is not null && !Login.IsCurrent(snapshot, now))
        {
            rights = Rights.None;
            return false;
        }

        return snapshot.TryGetRights(Principal, Source?.Address, now, out rights);
    }
}
