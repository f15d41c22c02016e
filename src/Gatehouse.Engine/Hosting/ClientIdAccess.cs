using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Hosting;

/// <summary>The book of client ids as the admin API shows and changes it. What is freed is recorded as a change of the configuration.</summary>
internal sealed class ClientIdAccess(ClientIdBook book, IAuditTrail trail, SnapshotHolder snapshots, TimeProvider time) : IClientIdAccess
{
    /// <inheritdoc/>
    public ClientIdListResponse List(ClientIdQuery query)
    {
        ClientIdKey? after = query.After is { } text && ClientIdKey.TryParse(text, out ClientIdKey parsed) ? parsed : null;
        ClientIdPage page = book.List(
            facts => (query.Broker is null || facts.Broker == query.Broker)
                && (query.User is null || facts.Owner?.Name == query.User)
                && (query.ClientId is null || IsOf(facts, query.ClientId)),
            after,
            query.Limit);
        return new ClientIdListResponse { ClientIds = [.. page.Ids.Select(View)], Next = page.Next?.ToString() };
    }

    /// <inheritdoc/>
    public ClientIdView? Find(string key) => ClientIdKey.TryParse(key, out ClientIdKey parsed) && book.Find(parsed) is { } facts ? View(facts) : null;

    /// <inheritdoc/>
    public async ValueTask<Problem?> ReleaseAsync(string actor, string key, CancellationToken cancellation)
    {
        ClientIdFacts? facts = ClientIdKey.TryParse(key, out ClientIdKey parsed) ? book.Find(parsed) : null;
        if (facts is null)
        {
            return AdministrationProblems.NotFound.Because("the client id is nobody's any more");
        }

        ClientIdRelease result = await book.ReleaseAsync(parsed, cancellation);
        if (result is ClientIdRelease.Done or ClientIdRelease.Unavailable)
        {
            Record(actor, facts, result == ClientIdRelease.Done);
        }

        return result switch
        {
            ClientIdRelease.Done => null,
            ClientIdRelease.NotThere => AdministrationProblems.NotFound.Because("the client id is nobody's any more"),
            ClientIdRelease.Connected => ClientIdProblems.ClientIdConnected.Because(
                $"{facts.Owner} is connected with it", hint: $"gatehouse conn kill --user {facts.Owner?.Name} cuts the user's connections"),
            _ => ClientIdProblems.ClientIdNotKept.Because("the store did not take it; the owner has it still"),
        };
    }

    // What is longer than what is kept of it is compared by its key.
    private static bool IsOf(ClientIdFacts facts, string clientId) => facts.IsCut
        ? clientId.StartsWith(facts.ClientId, StringComparison.Ordinal) && ClientIdKey.Of(facts.Broker, clientId).Equals(facts.Key)
        : facts.ClientId == clientId && facts.Owner is not null;

    private static ClientIdView View(ClientIdFacts facts) => new()
    {
        Key = facts.Key.ToString(),
        Broker = facts.Broker,
        ClientId = facts.ClientId,
        Cut = facts.IsCut,
        User = facts.Owner?.Name,
        Realm = facts.Owner?.Realm,
        State = facts.Owner is null ? "damaged" : facts.Connections > 0 ? "connected" : "kept",
        Connections = facts.Connections,
        SessionExpiry = facts.Life.Seconds,
        Until = facts.Until,
    };

    private void Record(string actor, ClientIdFacts facts, bool isDone)
    {
        int slash = actor.IndexOf('/', StringComparison.Ordinal);
        trail.Write(new AuditEvent
        {
            Action = AuditAction.SecurityConfigChange,
            Outcome = isDone ? AuditOutcome.Success : AuditOutcome.Failure,
            Time = time.GetUtcNow(),
            Realm = slash > 0 ? actor[..slash] : null,
            User = actor[(slash + 1)..],
            Target = $"client-id/{facts.Broker}/{facts.ClientId}",
            Message = facts.Owner is null ? "client id freed; its record was damaged" : $"client id of {facts.Owner} freed",
            Generation = snapshots.Current.Generation,
        });
    }
}
