using Gatehouse.Administration;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Owned MQTT client ids, for people.</summary>
internal interface IClientIdAccess
{
    /// <summary>Those of a broker, a user, an id (null: of all), from behind a key.</summary>
    ClientIdListResponse List(ClientIdQuery query);

    /// <summary>One by its key, or null.</summary>
    ClientIdView? Find(string key);

    /// <summary>Frees one and records it; a problem where it was not.</summary>
    ValueTask<Problem?> ReleaseAsync(string actor, string key, CancellationToken cancellation);
}

/// <summary>Which client ids are asked for.</summary>
/// <param name="Broker">Of this broker.</param>
/// <param name="User">Of owners of this name.</param>
/// <param name="ClientId">With this id.</param>
/// <param name="After">With a key behind this one.</param>
/// <param name="Limit">At most so many.</param>
internal sealed record ClientIdQuery(string? Broker, string? User, string? ClientId, string? After, int Limit);
