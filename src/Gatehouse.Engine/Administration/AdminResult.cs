using System.Text.Json.Serialization.Metadata;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Administration;

/// <summary>What an endpoint answers: a value, a problem, or a stream that writes itself.</summary>
internal sealed record AdminResult
{
    private AdminResult(int status) => Status = status;

    /// <summary>HTTP status.</summary>
    public int Status { get; }

    /// <summary>The value to write.</summary>
    public object? Value { get; private init; }

    /// <summary>How to write it.</summary>
    public JsonTypeInfo? Type { get; private init; }

    /// <summary>The problem, for the record.</summary>
    public Problem? Problem { get; private init; }

    /// <summary>Writes the answer itself, until the token ends it.</summary>
    public Func<Stream, CancellationToken, Task>? Stream { get; private init; }

    /// <summary>Whether it went well.</summary>
    public bool IsSuccess => Status < 400;

    /// <summary>200 with a value.</summary>
    public static AdminResult Ok<T>(T value, JsonTypeInfo<T> type) => new(200) { Value = value, Type = type };

    /// <summary>200 with the generation that a change made.</summary>
    public static AdminResult Changed(long generation) =>
        Ok(new ChangeResponse { Generation = generation }, AdminJson.Default.ChangeResponse);

    /// <summary>What a change of the cluster state came to.</summary>
    public static AdminResult From(ChangeOutcome outcome) =>
        outcome.Succeeded ? Changed(outcome.Generation) : Refused(outcome.Problems);

    /// <summary>200 and lines as they come.</summary>
    public static AdminResult Lines(Func<Stream, CancellationToken, Task> stream) => new(200) { Stream = stream };

    /// <summary>A problem; its definition says which status.</summary>
    public static AdminResult Refused(Problem problem, string? receipt = null) => Refused([problem], receipt);

    /// <summary>Problems; the first says which status.</summary>
    public static AdminResult Refused(IReadOnlyList<Problem> problems, string? receipt = null)
    {
        ErrorBody first = ToError(problems[0]);
        first.Receipt = receipt;
        first.More = problems.Count > 1 ? [.. problems.Skip(1).Select(ToError)] : null;
        return new(StatusOf(problems[0].Definition))
        {
            Value = new ErrorResponse { Error = first },
            Type = AdminJson.Default.ErrorResponse,
            Problem = problems[0],
        };
    }

    /// <summary>A problem in the API's form.</summary>
    public static ErrorBody ToError(Problem problem) => new()
    {
        Id = problem.Id,
        Text = problem.Text,
        Hint = problem.Hint,
        Location = problem.Location?.ToString(),
    };

    private static int StatusOf(ProblemDefinition definition) => definition.Id switch
    {
        _ when definition == AdministrationProblems.NotAuthenticated || definition == EnrolmentProblems.EnrolmentRefused => 401,
        _ when definition == AdministrationProblems.NotAllowed || definition == AdministrationProblems.OnlyOnHost => 403,
        _ when definition == AdministrationProblems.LoginLimited || definition == EnrolmentProblems.EnrolmentLimited => 429,
        _ when definition == AdministrationProblems.RequestRefused || definition == AdministrationProblems.RequestMalformed => 400,
        _ when definition == AdministrationProblems.NoSuchEndpoint || definition == AdministrationProblems.NotFound
            || definition == AdministrationProblems.UnknownReceipt || definition == AdministrationProblems.GenerationGone
            || definition == PolicyProblems.NoSuchGeneration || definition == EnrolmentProblems.NodeUnknown => 404,
        _ when definition == EnrolmentProblems.NodeExists || definition == EnrolmentProblems.LastIssuer || definition == EnrolmentProblems.RevokeSelf
            || definition == EnrolmentProblems.HostTaken => 409,
        _ when definition == AdministrationProblems.AlreadyThere || definition == AdministrationProblems.LastAdministrator
            || definition == IdentityProblems.RealmChanged || definition == IdentityProblems.RealmInUse || definition == IdentityProblems.RealmOfGates || definition == IdentityProblems.TooManyKeys
            || definition == AuditProblems.PolicyChanged || definition == PolicyProblems.RevisionMoved || definition == AdministrationProblems.RoleInUse || definition == AdministrationProblems.BuiltInRole
            || definition == ClientIdProblems.ClientIdConnected => 409,
        _ when definition == AdministrationProblems.NotRecorded || definition == AdministrationProblems.QuestionBusy
            || definition == ClientIdProblems.ClientIdNotKept => 503,
        _ when definition == AdministrationProblems.Fault => 500,
        _ when definition == AuditProblems.PolicyInvalid || definition == AuditProblems.PolicyTooComplex => 422,
        ['G', 'H', '2' or '8', ..] => 503,
        _ => 422,
    };
}
