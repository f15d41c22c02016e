using System.Text.Json.Serialization;

namespace Gatehouse.Trust.Enrolment;

/// <summary>The file of a join under way; unknown members are refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(JoinState))]
internal sealed partial class EnrolmentJson : JsonSerializerContext;

/// <summary><c>join.json</c>: how far a join is. Nothing in it is secret: what is, is wrapped to the node.</summary>
internal sealed record JoinState
{
    public required int Format { get; init; }

    public required string TokenId { get; init; }

    public required string Node { get; init; }

    public required string KeyPath { get; init; }

    /// <summary>Whether the join made the key; one that lay there stays.</summary>
    public required bool IsKeyOurs { get; init; }

    public bool IsAsked { get; init; }

    public JoinTold? Told { get; init; }
}
