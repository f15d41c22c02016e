using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Whose MQTT client ids are. Ids are anything a client sends, so one is named by its key.</summary>
internal sealed class ClientIdEndpoints(AdminServices services)
{
    private const int MaxLimit = 10_000;
    private const int UsualLimit = 1000;
    private const int KeyLength = 64;
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/client-ids", "client-id.list", ListAsync)
        {
            Answer = Json.ClientIdListResponse, Parameters = ["broker", "user", "id", "after", "limit"],
        },
        new("GET", "/v1/client-ids/{key}", "client-id.read", ShowAsync) { Answer = Json.ClientIdView },
        new("DELETE", "/v1/client-ids/{key}", "client-id.write", ReleaseAsync) { Answer = Json.ChangeResponse, Changes = true },
    ];

    private ValueTask<AdminResult> ListAsync(AdminCall call)
    {
        int limit = UsualLimit;
        if (call.Parameter("limit") is { } asked
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            return new(AdminResult.Refused(AdminRequestReader.Malformed($"`limit` is a number from 1 to {MaxLimit}")));
        }

        string? after = call.Parameter("after");
        if (after is not null && !IsKey(after))
        {
            return new(AdminResult.Refused(AdminRequestReader.Malformed("`after` is the `next` of the page before")));
        }

        var query = new ClientIdQuery(call.Parameter("broker"), call.Parameter("user"), call.Parameter("id"), after, limit);
        return new(AdminResult.Ok(services.ClientIds?.List(query) ?? new ClientIdListResponse(), Json.ClientIdListResponse));
    }

    private ValueTask<AdminResult> ShowAsync(AdminCall call) => new(
        IsKey(call.Name) && services.ClientIds?.Find(call.Name) is { } found ? AdminResult.Ok(found, Json.ClientIdView) : Unknown(call));

    private async ValueTask<AdminResult> ReleaseAsync(AdminCall call)
    {
        if (!IsKey(call.Name) || services.ClientIds?.Find(call.Name) is null)
        {
            return Unknown(call);
        }

        return await services.ClientIds.ReleaseAsync(call.Actor, call.Name, call.Cancellation) is { } problem
            ? AdminResult.Refused(problem)
            : AdminResult.Changed(call.Snapshot.Generation);
    }

    private static bool IsKey(string text) => text.Length == KeyLength && text.All(char.IsAsciiHexDigitLower);

    private static AdminResult Unknown(AdminCall call) => AdminResult.Refused(AdministrationProblems.NotFound.Because(
        $"no owned client id has the key `{AdminRequestReader.Shown(call.Name)}`", hint: "gatehouse client-id list shows them"));
}
