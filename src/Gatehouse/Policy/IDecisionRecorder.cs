using Gatehouse.Operations;

namespace Gatehouse.Policy;

/// <summary>
/// Hears what a decision looked at. A struct type parameter of <see cref="Authorizer"/>, so that a decision without a
/// recorder is compiled without it.
/// </summary>
public interface IDecisionRecorder
{
    /// <summary>False compiles all recording away; then no other member is called.</summary>
    static abstract bool IsRecording { get; }

    /// <summary>The decision turns to an operation.</summary>
    void BeginOperation(int operation, SystemAction action);

    /// <summary>It turns to a resource of it; index -1 and no bytes for an operation without resources.</summary>
    void BeginResource(int resource, ReadOnlySpan<byte> utf8, ResourceScope scope);

    /// <summary>One grant of the principal's roles was considered.</summary>
    /// <param name="role">The role's name.</param>
    /// <param name="index">The grant's place in the role, from 0.</param>
    /// <param name="grant">The grant as written.</param>
    /// <param name="failed">The first condition that failed, or <see cref="FailedCondition.None"/>: the grant applies.</param>
    void Consider(string role, int index, Grant grant, FailedCondition failed);

    /// <summary>The verdict on the resource that was begun last; <see cref="DenialReason.None"/> is yes.</summary>
    void EndResource(DenialReason reason);
}

/// <summary>The conditions of a grant in the order in which they are checked. Names are part of the explanation format and frozen.</summary>
public enum FailedCondition : byte
{
    /// <summary>All hold: the grant applies.</summary>
    None = 0,

    /// <summary>It is written for another system.</summary>
    System = 1,

    /// <summary>No action pattern matches.</summary>
    Action = 2,

    /// <summary>No resource pattern matches, or, for a whole prefix, none covers it.</summary>
    Resource = 3,

    /// <summary>The client's address lies in none of the networks.</summary>
    Source = 4,

    /// <summary>It came through another gate.</summary>
    Gate = 5,

    /// <summary>No verified client certificate.</summary>
    ClientCertificate = 6,

    /// <summary>Before, after or outside the hours in which the grant holds.</summary>
    Time = 7,

    /// <summary>The name is a restricted one, and the grant does not reach those.</summary>
    Restricted = 8,

    /// <summary>Another quality of service.</summary>
    Qos = 9,

    /// <summary>The message is to be retained, or is not.</summary>
    Retain = 10,

    /// <summary>The pin is not the principal's own, or it was not asked whose it is.</summary>
    Own = 11,
}
