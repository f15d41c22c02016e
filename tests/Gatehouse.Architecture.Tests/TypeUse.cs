using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Gatehouse.Architecture.Tests;

/// <summary>Which types a type uses, as the compiled code has it.</summary>
internal static class TypeUse
{
    /// <summary>All types of an assembly with what is nested in them.</summary>
    public static IEnumerable<TypeDefinition> All(AssemblyDefinition assembly) => assembly.MainModule.Types.SelectMany(WithNested);

    public static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    /// <summary>Every call, construction or address of a method, with the method it stands in.</summary>
    public static IEnumerable<(MethodDefinition In, Instruction At, MethodReference Callee)> Calls(AssemblyDefinition assembly) =>
        from type in All(assembly)
        from method in type.Methods
        where method.HasBody
        from instruction in method.Body.Instructions
        where instruction.Operand is MethodReference
        select (method, instruction, (MethodReference)instruction.Operand);

    /// <summary>The top-level type that something nested or generated belongs to.</summary>
    public static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        return type;
    }

    /// <summary>Types named by a type's base, members, bodies and attributes.</summary>
    public static IEnumerable<TypeReference> Of(TypeDefinition type)
    {
        var found = new List<TypeReference?> { type.BaseType };
        found.AddRange(type.Interfaces.Select(static i => i.InterfaceType));
        found.AddRange(type.CustomAttributes.Select(static a => a.AttributeType));
        found.AddRange(type.GenericParameters.SelectMany(static p => p.Constraints).Select(static c => c.ConstraintType));
        found.AddRange(type.Fields.Select(static f => f.FieldType));
        foreach (MethodDefinition method in type.Methods)
        {
            found.Add(method.ReturnType);
            found.AddRange(method.Parameters.Select(static p => p.ParameterType));
            found.AddRange(method.CustomAttributes.Select(static a => a.AttributeType));
            found.AddRange(method.GenericParameters.SelectMany(static p => p.Constraints).Select(static c => c.ConstraintType));
            if (method.HasBody)
            {
                found.AddRange(method.Body.Variables.Select(static v => v.VariableType));
                found.AddRange(method.Body.Instructions.SelectMany(static i => Operand(i.Operand)));
            }
        }

        return found.OfType<TypeReference>().SelectMany(Parts);
    }

    private static IEnumerable<TypeReference?> Operand(object? operand) => operand switch
    {
        GenericInstanceMethod method => [.. method.GenericArguments, method.DeclaringType, method.ReturnType],
        MethodReference method => [method.DeclaringType, method.ReturnType, .. method.Parameters.Select(static p => p.ParameterType)],
        FieldReference field => [field.DeclaringType, field.FieldType],
        TypeReference type => [type],
        _ => [],
    };

    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
        FunctionPointerType pointer => pointer.Parameters.Select(static p => p.ParameterType).Append(pointer.ReturnType).SelectMany(Parts),
        TypeSpecification specification => Parts(specification.ElementType),
        _ => [type],
    };
}
